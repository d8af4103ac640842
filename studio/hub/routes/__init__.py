"""The hub's paths, one module a theme; each has ``routes(hub)`` that gives a router. They hold no rule of their own:
rules live in the books (``shelf``, ``rooms``, ``promotions``, ``orders``)."""
