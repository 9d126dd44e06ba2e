//! Python's standard library.

use super::Blocking;
use crate::Effect::{self, File, Input, Lock, Mail, Network, Process, Sleep};

const SUBPROCESS: &str = "https://docs.python.org/3/library/asyncio-subprocess.html";
const OS: &str = "https://docs.python.org/3/library/os.html";
const SHUTIL: &str = "https://docs.python.org/3/library/shutil.html";
const PATHLIB: &str = "https://docs.python.org/3/library/pathlib.html";
const FUNCTIONS: &str = "https://docs.python.org/3/library/functions.html";
const SMTPLIB: &str = "https://docs.python.org/3/library/smtplib.html";
const IMAPLIB: &str = "https://docs.python.org/3/library/imaplib.html";
const POPLIB: &str = "https://docs.python.org/3/library/poplib.html";
const FTPLIB: &str = "https://docs.python.org/3/library/ftplib.html";
const SOCKET: &str = "https://docs.python.org/3/library/asyncio-stream.html";
const THREADING: &str = "https://docs.python.org/3/library/asyncio-sync.html";
const FUTURES: &str = "https://docs.python.org/3/library/asyncio-future.html";
const QUEUES: &str = "https://docs.python.org/3/library/asyncio-queue.html";
const SLEEP: &str = "https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep";

const SAME_LOOP: &str =
    "`asyncio` has its own, which only the coroutines of one event loop may share.";

const fn std(path: &'static str, effect: Effect, docs: &'static str) -> Blocking {
    Blocking::thread(path, effect, docs)
}

pub(super) const ENTRIES: &[Blocking] = &[
    std("time.sleep", Sleep, SLEEP).native("asyncio", "sleep"),
    std("builtins.input", Input, FUNCTIONS),
    std(
        "getpass.getpass",
        Input,
        "https://docs.python.org/3/library/getpass.html",
    ),
    // Programs.
    std("subprocess.run", Process, SUBPROCESS),
    std("subprocess.call", Process, SUBPROCESS),
    std("subprocess.check_call", Process, SUBPROCESS),
    std("subprocess.check_output", Process, SUBPROCESS),
    std("subprocess.getoutput", Process, SUBPROCESS),
    std("subprocess.getstatusoutput", Process, SUBPROCESS),
    std("subprocess.Popen.wait", Process, SUBPROCESS),
    std("subprocess.Popen.communicate", Process, SUBPROCESS),
    std("os.system", Process, OS),
    std("os.waitpid", Process, OS),
    std("os.popen", Process, OS).lazy(),
    // Files.
    std("builtins.open", File, FUNCTIONS).lazy(),
    std("pathlib.Path.open", File, PATHLIB).lazy(),
    std("pathlib.Path.read_text", File, PATHLIB),
    std("pathlib.Path.read_bytes", File, PATHLIB),
    std("pathlib.Path.write_text", File, PATHLIB),
    std("pathlib.Path.write_bytes", File, PATHLIB),
    std("os.listdir", File, OS),
    std("os.scandir", File, OS).lazy(),
    std("os.walk", File, OS).lazy(),
    std("os.remove", File, OS),
    std("os.unlink", File, OS),
    std("os.rename", File, OS),
    std("os.replace", File, OS),
    std("os.makedirs", File, OS),
    std("os.fsync", File, OS),
    std("shutil.copy", File, SHUTIL),
    std("shutil.copy2", File, SHUTIL),
    std("shutil.copyfile", File, SHUTIL),
    std("shutil.copyfileobj", File, SHUTIL),
    std("shutil.copytree", File, SHUTIL),
    std("shutil.move", File, SHUTIL),
    std("shutil.rmtree", File, SHUTIL),
    std("shutil.make_archive", File, SHUTIL),
    std("shutil.unpack_archive", File, SHUTIL),
    // Protocols.
    std("smtplib.SMTP", Mail, SMTPLIB)
        .lazy()
        .note("The constructor connects when it is given a host."),
    std("smtplib.SMTP_SSL", Mail, SMTPLIB)
        .lazy()
        .note("The constructor connects when it is given a host."),
    std("smtplib.SMTP.*", Mail, SMTPLIB),
    std("smtplib.SMTP_SSL.*", Mail, SMTPLIB),
    std("imaplib.IMAP4", Network, IMAPLIB).lazy(),
    std("imaplib.IMAP4_SSL", Network, IMAPLIB).lazy(),
    std("imaplib.IMAP4.*", Network, IMAPLIB),
    std("imaplib.IMAP4_SSL.*", Network, IMAPLIB),
    std("poplib.POP3", Network, POPLIB).lazy(),
    std("poplib.POP3_SSL", Network, POPLIB).lazy(),
    std("poplib.POP3.*", Network, POPLIB),
    std("poplib.POP3_SSL.*", Network, POPLIB),
    std("ftplib.FTP", Network, FTPLIB)
        .lazy()
        .note("The constructor connects when it is given a host."),
    std("ftplib.FTP_TLS", Network, FTPLIB)
        .lazy()
        .note("The constructor connects when it is given a host."),
    std("ftplib.FTP.*", Network, FTPLIB),
    std("ftplib.FTP_TLS.*", Network, FTPLIB),
    std("socket.create_connection", Network, SOCKET).lazy(),
    std("socket.getaddrinfo", Network, SOCKET),
    std("socket.gethostbyname", Network, SOCKET),
    std("socket.gethostbyaddr", Network, SOCKET),
    std("socket.socket.accept", Network, SOCKET),
    std("socket.socket.connect", Network, SOCKET),
    std("socket.socket.recv", Network, SOCKET),
    std("socket.socket.send", Network, SOCKET),
    std("socket.socket.sendall", Network, SOCKET),
    // Threads.
    std("threading.Thread.join", Lock, THREADING),
    std("threading.Lock.acquire", Lock, THREADING).note(SAME_LOOP),
    std("threading.RLock.acquire", Lock, THREADING).note(SAME_LOOP),
    std("threading.Semaphore.acquire", Lock, THREADING).note(SAME_LOOP),
    std("threading.Event.wait", Lock, THREADING).note(SAME_LOOP),
    std("threading.Condition.wait", Lock, THREADING).note(SAME_LOOP),
    std("threading.Barrier.wait", Lock, THREADING).note(SAME_LOOP),
    std("queue.Queue.get", Lock, QUEUES).note(SAME_LOOP),
    std("queue.Queue.put", Lock, QUEUES).note(SAME_LOOP),
    std("queue.Queue.join", Lock, QUEUES).note(SAME_LOOP),
    std("concurrent.futures.Future.result", Lock, FUTURES),
    std("concurrent.futures.Future.exception", Lock, FUTURES),
    std("concurrent.futures.wait", Lock, FUTURES),
    std("concurrent.futures.as_completed", Lock, FUTURES).lazy(),
    std("concurrent.futures.ThreadPoolExecutor.map", Lock, FUTURES).lazy(),
    std(
        "concurrent.futures.ThreadPoolExecutor.shutdown",
        Lock,
        FUTURES,
    ),
    std("concurrent.futures.ProcessPoolExecutor.map", Lock, FUTURES).lazy(),
    std(
        "concurrent.futures.ProcessPoolExecutor.shutdown",
        Lock,
        FUTURES,
    ),
];
