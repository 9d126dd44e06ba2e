"""The issue tracker of tests/fixtures/realistic/tracker."""
import datetime

from proof.drive import Request, get, post
from proof.services import Answer

APP = "tracker"
SETTINGS = {
    "TIME_ZONE": "UTC",
    "LOGIN_URL": "/account/login/",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "tracker.context_processors.assigned",
                ]
            },
        }
    ],
}
# Views that wait for something and have no reason to stay sync, from the Django on whose decorators take async views.
ASYNC = {
    "index": "4.2", "project_detail": "4.2", "issue_detail": "4.2", "feed": "4.2", "sign_up": "4.2", "log_in": "4.2",
    "statistics": "5.0", "api_issues": "5.0", "log_out": "5.0",
    "comment": "5.1", "watch": "5.1", "change_password": "5.1", "issue_create": "5.1", "import_from_old": "5.1",
    "issue_edit": "5.1", "toggle": "5.1", "delete": "5.1",
}  # fmt: skip


def seed():
    from django.contrib.auth.models import User
    from proof.site import NOW
    from tracker import models as m

    member, staff = User.objects.get(username="member"), User.objects.get(username="staff")
    other = User.objects.create(username="other", email="other@example.com")
    web, app, hidden = (
        m.Project.objects.create(key=key, name=name, is_public=key != "hid") for key, name in (("web", "Website"), ("app", "App"), ("hid", "Hidden"))
    )
    m.Membership.objects.create(project=web, user=member, role="developer")
    m.Membership.objects.create(project=web, user=other)
    m.Membership.objects.create(project=hidden, user=member, role="owner")
    bug, css = (m.Label.objects.create(project=web, name=name) for name in ("bug", "css"))
    first = m.Milestone.objects.create(project=web, name="1.0", due=NOW.date() + datetime.timedelta(days=9))
    m.Milestone.objects.create(project=web, name="2.0")
    issues = []
    for i, (title, project, author, status) in enumerate((
        ("Broken link", web, member, "open"), ("Slow page", web, other, "open"), ("Old news", web, other, "closed"), ("Typo", web, staff, "open"),
        ("Crash", app, member, "open"), ("Secret", hidden, member, "open"), ("Gone", web, member, "open"),
    )):  # fmt: skip
        issue = m.Issue.objects.create(
            project=project, title=title, author=author, status=status, description="About %s." % title.lower(),
            assignee=member if i in (0, 4) else None, milestone=first if i in (0, 2) else None, duplicate_of=issues[0] if i == 3 else None,
        )
        issues.append(issue)
    issues[6].delete()
    issues[0].labels.set([bug, css])
    issues[1].labels.add(bug)
    m.Comment.objects.create(issue=issues[0], author=other, text="Me too")
    m.Comment.objects.create(issue=issues[0], author=staff, text="On it")
    m.Issue.objects.filter(pk__in=[issues[1].pk, issues[3].pk]).update(created_at=NOW - datetime.timedelta(days=100))


def answer(call):
    if call["host"] == "old-tracker.example.org":
        query = dict(call["query"])
        if query["project"] == "hid":
            return Answer({"error": "boom"}, status=503)
        if query["page"] == "1":
            return Answer({"issues": [{"title": "First", "text": "One"}, {"title": "Slow page"}, {"title": "Second", "labels": ["Bug", "new"]}], "next": 2})
        return Answer({"issues": [{"title": "Third", "labels": []}], "next": None})
    if call["host"] == "chat.example.com":
        return Answer(status=500) if "Reopened" in call["body"]["json"]["text"] else Answer({"ok": True})
    return Answer(status=404)


API = "/api/web/issues/"
FLOWS = [
    ("index", [get("/"), get("/p/web/"), get("/"), get("/feed/")]),
    ("project", [get("/p/web/?status=open"), get("/p/web/"), get("/p/web/?page=2"), get("/p/web/?page=9"), get("/p/web/?page=x&q="),
                 get("/p/hid/"), get("/p/none/")]),
    ("filters", [get("/p/web/?q=slow"), get("/p/web/?label=bug"), get("/p/web/?mine=on"), get("/p/web/?status=wrong"), get("/p/web/")]),
    ("issue", [get("/p/web/1/"), get("/p/web/4/"), get("/p/web/5/"), get("/p/hid/1/"), get("/p/web/99/")]),
    ("open", [get("/p/web/new/"), post("/p/web/new/", {"title": "New", "labels": [1, 2], "assignee": 1, "milestone": 1}), get("/p/web/6/"),
              get("/p/web/")]),
    ("open in vain", [post("/p/web/new/", {}), post("/p/web/new/", {"title": "broken LINK"}), post("/p/web/new/", {"title": "x", "assignee": 2}),
                      get("/p/app/new/"), post("/p/none/new/", {"title": "x"}), post("/p/web/new/", {"title": "x"}, csrf=False)]),
    ("edit", [get("/p/web/1/edit/"), post("/p/web/1/edit/", {"title": "Broken link", "labels": [1]}), post("/p/web/2/edit/", {"title": "Slow", "labels": [1, 2]}),
              post("/p/web/2/edit/", {"title": "typo"}), get("/p/web/2/"), get("/p/web/5/edit/")]),
    ("comment", [post("/p/web/2/comment/", {"text": "Hm"}), post("/p/web/1/comment/", {"text": "Done", "close": "on"}), post("/p/web/1/comment/", {"text": ""}),
                 post("/p/app/1/comment/", {"text": "Hello", "close": "on"}), get("/p/web/1/"), get("/p/web/1/comment/")]),
    ("watch", [post("/p/web/1/watch/"), post("/p/web/1/watch/"), post("/p/web/2/watch/"), get("/p/web/2/"), post("/p/hid/1/watch/")]),
    ("toggle", [post("/p/web/1/toggle/"), get("/p/web/"), post("/p/web/1/toggle/"), post("/p/web/3/toggle/"), post("/p/app/1/toggle/"), get("/feed/")]),
    ("delete", [post("/p/web/2/delete/"), get("/p/web/"), post("/p/web/2/delete/"), get("/p/web/1/delete/")]),
    ("import", [post("/p/web/import/"), get("/p/web/"), post("/p/web/import/"), post("/p/hid/import/")]),
    ("move", [post("/p/web/move/", {"milestone": 2, "issue": [1, 2]}), get("/p/web/"), post("/p/web/move/", {"milestone": 1, "issue": [1, 99]}),
              post("/p/web/move/", {"milestone": 99}), get("/p/web/")]),
    ("members", [get("/p/web/members/"), post("/p/web/members/", {"username": "staff", "role": "developer"}), post("/p/web/members/", {"username": "other", "role": "owner"}),
                 post("/p/web/members/", {"username": "nobody"}), get("/p/web/members/")]),
    ("statistics", [get("/p/web/statistics/"), get("/p/app/statistics/"), post("/p/web/statistics/"), get("/p/hid/statistics/")]),
    ("API", [get(API), post(API, json={"title": "By API", "tags": ["Bug", "api"]}), post(API, json={"title": ""}), Request(API, method="POST", body=b"{", type="application/json"),
             get(API), get("/api/hid/issues/")]),
    ("stale", [get("/p/web/stale/"), post("/p/web/stale/", {"days": 50}), post("/p/app/stale/", {"days": 1}), get("/p/web/")]),
    ("mine", [get("/mine/"), get("/feed/")]),
    ("sign up", [get("/account/new/"), post("/account/new/", {"username": "member", "email": "x", "password": "1"}),
                 post("/account/new/", {"username": "fresh", "email": "fresh@example.com", "password": "secret7"}), get("/mine/"), get("/")]),
    ("log in", [get("/account/login/"), post("/account/login/", {"username": "member", "password": "wrong"}), post("/account/login/", {}),
                post("/account/login/", {"username": "member", "password": "secret", "next": "/mine/"}), get("/mine/"),
                post("/account/login/", {"username": "staff", "password": "secret", "next": "https://evil.example/"}), get("/")]),
    ("log out", [post("/account/logout/"), get("/"), get("/account/logout/"), post("/account/logout/")]),
    ("password", [post("/account/password/", {"old": "wrong"}), post("/account/password/", {"old": "secret", "new": "other"}), get("/mine/"),
                  post("/account/password/", {"old": "secret", "new": "x"})]),
]  # fmt: skip
PEOPLE = ("anonymous", "visitor", "member", "staff")
