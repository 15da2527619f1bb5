"""finished days"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: A message that comes, changes or goes drops its day's row: whoever wrote it, and in the same transaction.
SQLITE = (
    "CREATE TRIGGER ticket_message_day_{name} AFTER {name} ON ticket_message BEGIN "
    "DELETE FROM ticket_message_day WHERE day IN ({days}); END"
)
DAYS = {
    "insert": "NEW.received_at / 86400",
    "update": "OLD.received_at / 86400, NEW.received_at / 86400",
    "delete": "OLD.received_at / 86400",
}
FUNCTION = """
CREATE FUNCTION ticket_message_day_drop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN DELETE FROM ticket_message_day WHERE day = OLD.received_at / 86400; END IF;
  IF TG_OP <> 'DELETE' THEN DELETE FROM ticket_message_day WHERE day = NEW.received_at / 86400; END IF;
  RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER ticket_message_day AFTER INSERT OR UPDATE OR DELETE ON ticket_message "
    "FOR EACH ROW EXECUTE FUNCTION ticket_message_day_drop()"
)
#: Packing packed numbers again costs more than the room it takes.
STORAGE = "ALTER TABLE ticket_message_day ALTER COLUMN data SET STORAGE EXTERNAL"


def upgrade() -> None:
    op.create_table(
        "ticket_message_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("day"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, days in DAYS.items():
            op.execute(SQLITE.format(name=name, days=days))
    else:
        for statement in (FUNCTION, TRIGGER, STORAGE):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in DAYS:
            op.execute(f"DROP TRIGGER ticket_message_day_{name}")
    else:
        op.execute("DROP TRIGGER ticket_message_day ON ticket_message")
        op.execute("DROP FUNCTION ticket_message_day_drop")
    op.drop_table("ticket_message_day")
