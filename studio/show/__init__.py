"""Show (流程): rundown, items, timer maths and the live session.

May import ``core`` only; pure, no I/O: every change returns a new frozen value or raises UserError.
"""
