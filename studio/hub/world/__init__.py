"""World (彩排世界): seeded buyers who watch, talk, claim, grab, order, pay, receive, return; a few of them brush.

They watch by reading the hub's books and act only by real HTTP connections, one a buyer. All that they need to go on
after a restart is in the hub's database; who brushes is written to ``world_truth.json`` and nowhere else.
"""
