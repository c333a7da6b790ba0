"""Says what a history store holds, as JSON, and adds to it before if it is given a name for that.

    python file_client.py HISTORY NAME OFFSET MADE MINUTES

Four records of one memory that was made at MADE, updated MINUTES later and a minute apart, in times as mem0 makes them
for a zone OFFSET hours east; and three messages.
"""

import datetime
import json
import sys

import storage_only  # noqa: F401
from mem0.memory.storage import SQLiteManager

history, name, offset, made, minutes = sys.argv[1:]
zone = datetime.timezone(datetime.timedelta(hours=int(offset)))
db = SQLiteManager(history)
has_messages = hasattr(SQLiteManager, "save_messages")
if name:
    at = datetime.datetime.fromisoformat(made).astimezone(zone)
    for n in range(4):
        updated = at + datetime.timedelta(minutes=n + int(minutes))
        times = {"created_at": at.isoformat(), "updated_at": updated.isoformat()}
        db.add_history("m", f"{name} {n - 1}", f"{name} {n}", "UPDATE", **times)
    if has_messages:
        db.save_messages([{"role": "user", "content": f"{name} {n}"} for n in range(3)], "s")
messages = db.get_last_messages("s") if has_messages else []
print(json.dumps({"history": db.get_history("m"), "messages": messages}))
