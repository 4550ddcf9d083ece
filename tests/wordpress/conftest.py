"""A real WordPress from Debian's packages, on PHP's own server and a MariaDB of its own, while the tests run."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
# PHP finds its files by their true names; told where the site lies, WordPress takes its configuration from there.
PREPEND = "<?php define('ABSPATH', %s); $_SERVER['HTTP_HOST'] = $_SERVER['HTTP_HOST'] ?? '127.0.0.1';\n"
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_HOME', '%(url)s'); define('WP_SITEURL', '%(url)s'); define('WP_ENVIRONMENT_TYPE', 'local');
define('AUTH_KEY', 'k'); define('SECURE_AUTH_KEY', 'k'); define('LOGGED_IN_KEY', 'k'); define('NONCE_KEY', 'k');
define('AUTH_SALT', 's'); define('SECURE_AUTH_SALT', 's'); define('LOGGED_IN_SALT', 's'); define('NONCE_SALT', 's');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
# Runs one function after the other with the arguments given, and prints what each gives.
ACTIONS = """<?php
if ($argv[1] === 'install') { define('WP_INSTALLING', true); }
require ABSPATH . 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';
if ($argv[1] === 'install') { wp_install('Site', 'admin', 'admin@example.org', true, '', 'secret'); exit; }
global $wpdb;
$given = [];
foreach (json_decode(stream_get_contents(STDIN), true) as [$name, $arguments]) {
  $given[] = $name === 'update' ? $wpdb->update($wpdb->posts, ...$arguments) : $name(...$arguments);
}
echo json_encode($given);
"""


class WordPress:
    """The site, and what its editors do."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._php = ["php", "-d", f"auto_prepend_file={folder}/prepend.php", "-d", "display_errors=stderr"]
        self._actions = folder / "actions.php"

    def run(self, *calls: tuple[str, list[Any]]) -> list[Any]:
        """Call functions of WordPress, in one process: `run(("wp_trash_post", [5]))`."""
        done = subprocess.run(
            [*self._php, self._actions, "run"], input=json.dumps(calls), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr or done.stdout
        given: list[Any] = json.loads(done.stdout)
        return given

    def install(self) -> None:
        subprocess.run([*self._php, self._actions, "install"], check=True, capture_output=True)


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A site with nothing on it but WordPress's own first post."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing or not SHIPPED.is_dir():
        pytest.skip("no WordPress here: apt install wordpress php-cli php-mysql mariadb-server")
    folder = tmp_path_factory.mktemp("wp")
    port = _free_port()
    with _mariadb(folder) as at, _php(folder, port):
        site = _site(folder, f"http://127.0.0.1:{port}", at)
        site.install()
        yield site


def _site(folder: Path, url: str, at: Path) -> WordPress:
    root = folder / "site"
    root.mkdir(exist_ok=True)
    for path in SHIPPED.iterdir():
        if path.name not in ("wp-config.php", "wp-content") and not (root / path.name).exists():
            (root / path.name).symlink_to(path)
    (root / "wp-content").mkdir(exist_ok=True)
    (root / "wp-config.php").write_text(CONFIG % {"socket": at, "url": url})
    (folder / "prepend.php").write_text(PREPEND % json.dumps(f"{root}/"))
    (folder / "actions.php").write_text(ACTIONS)
    return WordPress(folder, url)


@contextmanager
def _mariadb(folder: Path) -> Iterator[Path]:
    data, at = folder / "db", folder / "db.sock"
    as_user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", *as_user],
        check=True, capture_output=True,
    )  # fmt: skip
    first = folder / "first.sql"
    first.write_text("CREATE DATABASE IF NOT EXISTS wordpress;\n")
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={at}", "--skip-networking"]
    more = [f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0", f"--pid-file={folder}/db.pid", *as_user]
    with _running([*command, *more], folder / "db.log", at.exists):
        yield at


@contextmanager
def _php(folder: Path, port: int) -> Iterator[None]:
    (folder / "site").mkdir()
    (folder / "prepend.php").touch()
    command = [
        "php",
        "-d",
        f"auto_prepend_file={folder}/prepend.php",
        "-S",
        f"127.0.0.1:{port}",
        "-t",
        f"{folder}/site",
    ]
    with _running(command, folder / "php.log", lambda: _answers(port)):
        yield


@contextmanager
def _running(command: list[str], log: Path, is_ready: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, cwd="/") as process:
        try:
            deadline = time.monotonic() + 60
            while not is_ready():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
