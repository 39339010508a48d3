from pathlib import Path

import pytest

from smallcrm.core import instance
from smallcrm.core.console import CannotStart
from smallcrm.core.db import sqlite_is_safe

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /srv/office\\040share rw,relatime shared:1 - cifs //nas/office rw
31 22 0:41 / /srv/office\\040share/local rw,relatime - xfs /dev/vdb rw
32 22 0:42 / /home/anna/remote rw - fuse.sshfs anna@nas: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/crm", "ext4"), ("/srv/office share/crm", "cifs"), ("/srv/office share/local/crm", "xfs"),
     ("/home/anna/remote/crm", "fuse.sshfs"), ("/srv/office", "ext4")],
)  # fmt: skip
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(path, kind):
    assert instance.filesystem_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("name", ["OneDrive", "坚果云", "Dropbox (Firma)", "Nutstore"])
def test_a_folder_in_a_cloud_drive_gets_a_warning(tmp_path, name):
    assert len(instance.warnings(tmp_path / name / "crm")) == 1


def test_an_ordinary_folder_gets_none(tmp_path):
    assert instance.warnings(tmp_path) == []


def test_an_open_folder_is_closed_to_others(tmp_path):
    tmp_path.chmod(0o755)
    instance.prepare(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_the_lock_is_free_again_when_it_is_let_go(tmp_path):
    with instance.only_one(tmp_path, "http://a"):
        with pytest.raises(CannotStart, match="http://a"), instance.only_one(tmp_path, "http://b"):
            pass
    with instance.only_one(tmp_path, "http://b"):
        pass


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 44, 6), True), ((3, 50, 4), False), ((3, 50, 7), True), ((3, 51, 2), False),
     ((3, 51, 3), True), ((3, 52, 0), False), ((3, 53, 4), True)],
)  # fmt: skip
def test_only_a_sqlite_without_the_wal_bug_is_used(version, safe):
    assert sqlite_is_safe(version) is safe
