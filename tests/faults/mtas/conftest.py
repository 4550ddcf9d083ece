"""Real mail servers on loopback, each from a folder of its own; nothing leaves the machine.

Debian's mail servers exclude one another as packages. Postfix is the one that is installed; Exim and OpenSMTPD are
unpacked beside it, by .ci/run, into the folder that DIGEST_TEST_MTAS names (.cache/mtas). Every one of them knows
example.com alone, there only those whose names begin with `reader`, and takes letters of up to 200,000 bytes. Postfix
and Exim take letters to names that begin with `late` too, find out later that they are not there, and report that to
the return path, whose mail they put into a Maildir of its own.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest

RunServer = Callable[..., AbstractContextManager[int]]  # tests/faults/conftest.py

UNPACKED = Path(os.environ.get("DIGEST_TEST_MTAS", Path(__file__).parents[3] / ".cache" / "mtas"))
POSTFIX = Path("/usr/lib/postfix/sbin")
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Mta:
    """A mail server that runs. What it has taken and not delivered yet lies as files under `queues`."""

    port: int
    inbox: Path
    queues: tuple[Path, ...]
    unknown_user: str
    """Its own words for a recipient it does not know."""
    smtputf8: bool = True
    returned: Path = Path()
    """Where mail to the return path lies, a Maildir."""

    def idle(self) -> bool:
        """Whether nothing waits to be delivered."""
        return not any(file.is_file() for queue in self.queues for file in queue.rglob("*"))

    def letters(self) -> list[bytes]:
        """What it has delivered."""
        return [file.read_bytes() for file in (self.inbox / "new").glob("*")]

    def copies(self) -> Counter[str]:
        """How many letters each reader has."""
        return Counter(str(message_from_bytes(letter, policy=policy.SMTPUTF8)["To"]) for letter in self.letters())


# ── Postfix ─────────────────────────────────────────────────────────────────────────────────────────────────────────

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {programs}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
alias_maps =
local_recipient_maps =
mynetworks =
virtual_mailbox_domains = example.com example.org
virtual_alias_maps = regexp:{folder}/conf/late
virtual_mailbox_maps = regexp:{folder}/conf/readers
virtual_mailbox_base = {folder}
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
smtpd_relay_restrictions = reject_unauth_destination
default_transport = error:nothing leaves this machine
message_size_limit = 200000
"""

MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path, run_server: RunServer) -> Iterator[Mta]:
    """The installed Postfix, with a configuration and a queue of its own."""
    if not (POSTFIX / "master").exists():
        pytest.skip("Postfix is not installed (apt install postfix)")
    for name in ("conf", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "conf" / "main.cf").write_text(MAIN_CF.format(folder=folder, programs=POSTFIX, nobody=NOBODY))
    readers = r"/^reader.*@example\.com$/ inbox/", r"/^bounces\+.*@example\.org$/ returned/"
    (folder / "conf" / "readers").write_text("\n".join(readers))
    (folder / "conf" / "late").write_text(r"/^late.*@example\.com$/ gone@example.com")

    def command(port: int) -> Sequence[str]:
        (folder / "conf" / "master.cf").write_text(MASTER_CF.format(port=port))
        # `check` makes the folders of the queue; by -d the master stays in our process group, to end with it.
        conf = folder / "conf"
        return ["sh", "-ec", f"postfix -c {conf} check; exec {POSTFIX}/master -c {conf} -d"]

    queues = tuple(folder / "queue" / name for name in ("incoming", "active", "deferred"))
    with run_server(command) as port:
        unknown = "550 5.1.1 <gone@example.com>: Recipient address rejected"
        yield Mta(port, folder / "inbox", queues, unknown, returned=folder / "returned")


# ── what is unpacked and not installed ──────────────────────────────────────────────────────────────────────────────

USERS = ("opensmtpd", "opensmtpq", "Debian-exim")


def unpacked(program: str) -> Path:
    """A program of the unpacked packages; skips where there is none."""
    found = UNPACKED / "usr" / "sbin" / program
    if not found.exists():
        pytest.skip(f"there is no {found}; .ci/run unpacks it, DIGEST_TEST_MTAS names another folder")
    return found.resolve()


def libraries() -> str:
    """Where the libraries lie that only the unpacked programs want."""
    return ":".join(str(folder) for root in ("lib", "usr/lib") for folder in (UNPACKED / root).glob("*-linux-gnu"))


def as_if_installed(folder: Path, *steps: str) -> Sequence[str]:
    """The command for `steps` of a shell, seeing the users these servers want, which the machine does not have."""
    for kind, entry in (("passwd", "{name}:x:{number}:{number}::/:/bin/false"), ("group", "{name}:x:{number}:")):
        added = [entry.format(name=name, number=3900 + place) for place, name in enumerate(USERS)]
        (folder / kind).write_text("\n".join([Path("/etc", kind).read_text().rstrip("\n"), *added, ""]))
    users = [f"mount --bind {folder}/{kind} /etc/{kind}" for kind in ("passwd", "group")]
    return ["unshare", "--mount", "sh", "-ec", "\n".join([*users, *steps])]


# ── Exim ────────────────────────────────────────────────────────────────────────────────────────────────────────────

EXIM_CONF = """
primary_hostname = mx.example.com
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
exim_path = {program}
keep_environment = LD_LIBRARY_PATH
tls_advertise_hosts =
message_size_limit = 200000
deliver_drop_privilege = true
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  accept domains = example.com
         local_parts = ^late
  accept domains = example.com : example.org
         verify = recipient
  deny message = no such reader
begin routers
late:
  driver = redirect
  domains = example.com
  local_parts = ^late
  allow_fail
  data = :fail: 5.1.1 mailbox gone, no such user
returned:
  driver = accept
  domains = example.org
  local_parts = ^bounces
  transport = returned
inbox:
  driver = accept
  domains = example.com
  local_parts = ^reader
  transport = inbox
begin transports
inbox:
  driver = appendfile
  maildir_format
  directory = {folder}/inbox
returned:
  driver = appendfile
  maildir_format
  directory = {folder}/returned
"""


@contextmanager
def exim(folder: Path, run_server: RunServer) -> Iterator[Mta]:
    """Exim, as its own user throughout: without its setuid bit it could not become root again."""
    program, configuration = unpacked("exim4"), folder / "exim.conf"
    configuration.write_text(EXIM_CONF.format(folder=folder, program=program))
    (folder / "spool").mkdir()
    (folder / "spool").chmod(0o777)

    def command(port: int) -> Sequence[str]:
        return as_if_installed(folder, f"exec {program} -C {configuration} -bdf -oX 127.0.0.1.{port}")

    with run_server(command, LD_LIBRARY_PATH=libraries()) as port:
        queues = (folder / "spool" / "input",)
        yield Mta(port, folder / "inbox", queues, "550 no such reader", returned=folder / "returned")


# ── OpenSMTPD ───────────────────────────────────────────────────────────────────────────────────────────────────────

SMTPD_CONF = """
table readers file:{folder}/readers
smtp max-message-size 200000
listen on 127.0.0.1 port {port} hostname mx.example.com
action "keep" maildir "{folder}/inbox" virtual <readers>
match from any for domain "example.com" action "keep"
"""


@contextmanager
def opensmtpd(folder: Path, run_server: RunServer) -> Iterator[Mta]:
    """OpenSMTPD, which offers neither PIPELINING nor SMTPUTF8. Where its queue and programs lie is built in."""
    program, queue = unpacked("smtpd"), folder / "queue"
    queue.mkdir(mode=0o711)
    queue.chmod(0o711)
    (folder / "readers").write_text("".join(f"reader{number}@example.com nobody\n" for number in range(50)))

    def command(port: int) -> Sequence[str]:
        (folder / "smtpd.conf").write_text(SMTPD_CONF.format(folder=folder, port=port))
        return as_if_installed(
            folder,
            f"mount --bind {UNPACKED.resolve()}/usr/libexec /usr/libexec",
            "mount -t tmpfs tmpfs /var/spool",
            "mkdir /var/spool/smtpd",
            f"mount --bind {queue} /var/spool/smtpd",
            "mount -t tmpfs tmpfs /var/lib",
            "mkdir -p /var/lib/opensmtpd/empty",
            f"exec {program} -d -f {folder}/smtpd.conf",
        )

    with run_server(command, LD_LIBRARY_PATH=libraries()) as port:
        yield Mta(
            port, folder / "inbox", (queue / "queue",), "524 5.2.4 Mailing list expansion problem", smtputf8=False
        )


# ── any of them ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", params=[postfix, exim, opensmtpd])
def mta_of_module(
    request: pytest.FixtureRequest, new_folder: Callable[[], Path], run_server: RunServer
) -> Iterator[Mta]:
    if os.geteuid() != 0:
        pytest.skip("mail servers want root, to become their own users")
    with request.param(new_folder(), run_server) as mta:
        yield mta


@pytest.fixture
def mta(mta_of_module: Mta) -> Mta:
    """A mail server with an empty inbox."""
    shutil.rmtree(mta_of_module.inbox, ignore_errors=True)
    return mta_of_module
