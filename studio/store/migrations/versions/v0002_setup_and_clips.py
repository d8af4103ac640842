"""How picture, sound and outputs are set up, and the clips that were cut."""

from alembic import op

from studio.store.tables import clips, setup

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for table in (setup, clips):
        table.create(op.get_bind(), checkfirst=True)  # a new file has them from 0001 already
