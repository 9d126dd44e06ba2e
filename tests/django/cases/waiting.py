"""Befores that wait for something else than Django and HTTP: threads, processes, files. As in snippets.py."""

PASTES = {
    "waiting: threads": """
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

def work(jobs, done, number):
    jobs.put(number * 2)
    done.set()
    return number + 1

def threads(request):
    jobs = queue.Queue()
    done = threading.Event()
    pool = ThreadPoolExecutor(2)
    future = pool.submit(work, jobs, done, 1)
    answer = future.result(timeout=5)
    done.wait()
    doubled = jobs.get(timeout=5)
    thread = threading.Thread(target=work, args=(jobs, done, 3))
    thread.start()
    thread.join()
    left = jobs.get()
    try:
        jobs.get(timeout=0.01)
    except queue.Empty:
        empty = True
    pool.shutdown()
    return JsonResponse({"answer": answer, "doubled": doubled, "left": left, "empty": empty})
""",
    "waiting: processes": """
import os
import subprocess
import sys

shown = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout
checked = subprocess.check_output(["echo", "one"]).decode().strip()
try:
    subprocess.run([sys.executable, "-c", "raise SystemExit(3)"], check=True)
except subprocess.CalledProcessError as error:
    status = error.returncode
process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
piped, _ = process.communicate(b"through")
ended = os.system("exit 2") >> 8
""",
    "waiting: files": """
import os
import shutil
import tempfile
from pathlib import Path

def files(request):
    folder = Path(tempfile.mkdtemp())
    note = folder.joinpath("note.txt")
    note.write_text("first")
    copy = folder.joinpath("copy.txt")
    shutil.copy(note, copy)
    names = sorted(os.listdir(folder))
    size = copy.stat().st_size
    text = copy.read_text()
    os.rename(copy, note)
    there = copy.exists()
    shutil.rmtree(folder)
    gone = os.path.exists(folder)
    return JsonResponse({"names": names, "size": size, "text": text, "there": there, "gone": gone})
""",
    "waiting: storage": """
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
import tempfile

storage = FileSystemStorage(location=tempfile.mkdtemp())
name = storage.save("folder/notes.txt", ContentFile(b"text"))
folders, files = storage.listdir("folder")
size = storage.size(name)
storage.delete(name)
left = storage.exists(name)
other = default_storage.exists("nothing/at/all.txt")
""",
    "waiting: hashing": """
from django.contrib.auth.hashers import make_password

count = Product.objects.count()
made = make_password("secret", salt="salt")[:10]
""",
}
