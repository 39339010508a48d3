"""A process that works on one import until it is done or killed: worker.py DATA IMPORT_ID."""

import sys
from pathlib import Path

from smallcrm import create_app
from smallcrm.config import Settings
from smallcrm.transfer import tasks

app = create_app(Settings.load({"data": Path(sys.argv[1]), "immediate_jobs": True}, environ={}))
with app.app_context():
    print("ready", flush=True)
    tasks.work_on_import.run(int(sys.argv[2]))
print("done", flush=True)
