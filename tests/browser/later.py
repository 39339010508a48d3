"""Run smallcrm with its clock ahead: python later.py DAYS serve … . For tests alone; the program itself has no such way."""

import sys
from datetime import timedelta

from smallcrm.cli import main
from smallcrm.core import clock

if __name__ == "__main__":
    with clock.shifted(timedelta(days=int(sys.argv.pop(1)))):
        main()
