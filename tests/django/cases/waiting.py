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
    "waiting: urlopen": """
import json
import urllib.error
import urllib.request

def answers(request):
    with urllib.request.urlopen("https://api.example.com/data", timeout=5) as response:
        status = response.status
        data = json.load(response)
    text = urllib.request.urlopen("https://api.example.com/text").read().decode()
    stock = json.load(urllib.request.urlopen(urllib.request.Request("https://api.example.com/stock/1", headers={"X-Token": "t"})))
    kept = urllib.request.urlopen("https://api.example.com/text")
    kind = kept.headers["Content-Type"] if kept.status == 200 else kept.reason
    parts = [kept.read(5).decode(), kept.read().decode()]
    kept.close()
    listed = urllib.request.urlopen("https://api.example.com/list")
    names = [row["name"] for row in json.load(listed)]
    try:
        urllib.request.urlopen("https://api.example.com/status/404").read()
    except urllib.error.HTTPError as error:
        code = error.code
    try:
        with urllib.request.urlopen("https://down.example.com/data"):
            pass
    except OSError:
        down = True
    return JsonResponse({"status": status, "data": data, "text": text, "stock": stock, "code": code, "down": down,
                         "kind": kind, "parts": parts, "names": names})
""",
    "waiting: http.client": """
import http.client
from urllib.parse import urlsplit

def status(request):
    connection = http.client.HTTPConnection(urlsplit("https://api.example.com/data").netloc, timeout=5)
    connection.request("POST", "/echo", body="a=1", headers={"X-Token": "t"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return HttpResponse(body, status=response.status)
""",
    "waiting: urllib3": """
import urllib3

http = urllib3.PoolManager()
answer = http.request("GET", "https://api.example.com/data", fields={"a": "1"})
status = answer.status
data = answer.json()
posted = http.request("POST", "https://api.example.com/echo", json={"b": 2}).data
""",
    "waiting: urllib3 that sends once": """
import urllib3
from django.http import HttpResponse

http = urllib3.PoolManager(num_pools=2, retries=False)

def status(request):
    try:
        seen = [http.request("GET", "https://api.example.com/visit").json()["visited"] for _ in range(2)]
        for _ in range(2):
            answer = http.request("POST", "https://api.example.com/visit", json={"a": 1})
            seen.append(answer.json()["visited"])
        http.request("GET", "https://down.example.com/data", timeout=2)
    except urllib3.exceptions.HTTPError as error:
        seen.append("down")
    return HttpResponse(str(seen))
""",
    "waiting: pools of threads": """
from concurrent.futures import ThreadPoolExecutor, as_completed

def double(number):
    return number * 2

def pools(request):
    names = list(Product.objects.values_list("name", flat=True))
    with ThreadPoolExecutor(max_workers=2) as pool:
        lengths = list(pool.map(len, names))
        futures = [pool.submit(double, length) for length in lengths]
        doubled = sorted(future.result() for future in as_completed(futures))
    if not doubled:
        return HttpResponse("none")
    with ThreadPoolExecutor() as pool:
        for number in doubled:
            if number > 5:
                return JsonResponse({"lengths": lengths, "first": pool.submit(double, number).result()})
    return HttpResponse(str(lengths))
""",
    "waiting: mail connections": """
from django.core.mail import EmailMessage, get_connection

def mails(request):
    with get_connection() as connection:
        sent = connection.send_messages([EmailMessage("One", "Body", to=["one@example.com"])])
        sent += connection.send_messages([EmailMessage("Two", "Body", to=["two@example.com"])])
    return JsonResponse({"sent": sent})
""",
    "waiting: httpx clients": """
import httpx

def client(request):
    with httpx.Client(headers={"X-Token": "t"}, params={"key": "k"}, timeout=20) as client:
        data = client.get("https://api.example.com/data", params={"q": "a"}).json()
        names = [client.request("PUT", "https://api.example.com/echo", content="text", auth=("user", "secret")).text for _ in range(2)]
        try:
            client.get("https://api.example.com/status/404").raise_for_status()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
    return JsonResponse({"data": data, "names": names, "status": status})
""",
    "waiting: httpx functions": """
import httpx

def functions(request):
    response = httpx.get("https://api.example.com/stock/1", headers={"X-Token": "t"}, timeout=20)
    return JsonResponse(response.json() if response.is_success else None)
""",
}
