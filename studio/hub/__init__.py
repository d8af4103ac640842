"""Hub (选品中台): the other end of the wire. A real HTTP server with pool, live rooms, promotions, orders, comments, RTMP
ingest and a rehearsal world of buyers; a process of its own with a database of its own.

May import core, pool, store.catalog and promo; FastAPI, uvicorn, SQLAlchemy and av live here too.
Add an endpoint: its shape in ``wire``, its rule in the room's book (``rooms``, ``promotions``, ``orders``...), its path in
``routes/``, then rewrite ``tests/hub/openapi.json`` as its test says. Shares no code with ``platforms``.
"""
