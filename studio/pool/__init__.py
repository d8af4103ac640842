"""Pool (商品池): tokens, search and its ranking, Pinyin, pure merge of a sync, the picker (选品).

May import ``core`` and, inside functions, pypinyin; pure, no I/O: the file and its index are ``store.catalog``.
"""
