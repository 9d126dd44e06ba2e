"""The newsroom of tests/fixtures/realistic/newsroom."""
import datetime

from proof.drive import Request, get, post
from proof.services import Answer

APP = "newsroom"
SETTINGS = {"TRANSLATE_KEY": "secret-key"}
# Views that wait for something and have no reason to stay sync, from the Django on whose decorators take async views.
# (The generic ListView has nothing to fetch.)
ASYNC = {
    "front_page": "4.2", "article": "4.2", "section": "4.2", "topic": "4.2", "translated": "4.2", "subscribe": "4.2",
    "confirm": "4.2", "api_articles": "4.2", "statistics": "4.2", "comment": "5.1", "bookmark": "5.1", "publish": "5.1",
}  # fmt: skip


def seed():
    from django.contrib.auth.models import User
    from newsroom import models as m
    from proof.site import NOW

    member, staff = User.objects.get(username="member"), User.objects.get(username="staff")
    sections = [m.Section.objects.create(name=n, slug=n.lower(), position=i) for i, n in enumerate(("World", "Sport", "Arts"))]
    topics = [m.Topic.objects.create(name=n) for n in ("Climate", "Football", "Unused")]
    for i, (title, section, author, status) in enumerate((
        ("Rain", 0, member, "published"), ("Snow", 0, staff, "published"), ("Wind", 0, member, "published"),
        ("Goal", 1, staff, "published"), ("Tie", 1, member, "draft"), ("Cup", 1, member, "review"),
        ("Future", 0, staff, "published"),
    )):  # fmt: skip
        when = NOW + datetime.timedelta(days=1 if title == "Future" else -i) if status == "published" else None
        article = m.Article.objects.create(
            title=title, slug=title.lower(), teaser="About %s" % title.lower(), body="Text.\n\nMore %s." % title.lower(), status=status,
            section=sections[section], author=author, published_at=when, views=(7 * i) % 5,
        )
        article.topics.set(topics[: 1 + (section == 1)])
        m.Comment.objects.create(article=article, user=staff, text="Well said", is_hidden=i % 2 == 1)
    first = m.Article.objects.get(slug="rain")
    for slug in ("rain", "snow", "goal"):
        m.Bookmark.objects.create(user=member, article=m.Article.objects.get(slug=slug))
    for i, name in enumerate(("ann", "bob", "cid")):
        reader = m.Subscriber.objects.create(email="%s@example.com" % name, confirmed=name != "cid", token="token%d" % i)
        reader.sections.set([first.section] if name == "ann" else sections[:2])


def answer(call):
    host, path = call["host"], call["path"]
    if host == "weather.example.org":
        city = dict(call["query"])["city"]
        if city == "Nowhere":
            return Answer({"error": "unknown"}, status=404)
        if city == "Atlantis":
            return Answer(drop=True)
        if city == "Babel":
            return Answer(body="<html>", type="text/html")
        return Answer({"summary": "Sunny", "degrees": 21})
    if host == "translate.example.org":
        form = dict(call["body"]["form"])
        if form["to"] == "xx":
            return Answer(body="unknown language", status=400, type="text/plain; charset=utf-8")
        if form["to"] == "yy":
            return Answer(body="busy", status=503, type="text/plain; charset=utf-8")
        return Answer({"text": form["text"][::-1]})
    if host == "spam.example.org":
        text = call["body"]["json"]["text"]
        return Answer({"spam": "cheap" in text}) if "broken" not in text else Answer(status=500)
    if host == "push.example.org":
        if path.endswith("/cup"):
            return Answer({"error": "too many"}, status=429)
        return Answer({"reached": 12})
    return Answer(status=404)


FLOWS = [
    ("front", [get("/"), get("/?city=Nowhere"), get("/?city=Atlantis"), get("/?city=Babel")]),
    ("article", [get("/articles/rain/"), get("/articles/snow/"), get("/articles/rain/"), get("/articles/goal/")]),
    ("no such article", [get("/articles/none/"), get("/articles/tie/"), get("/articles/future/")]),
    ("section", [get("/sections/world/"), get("/sections/world/?page=2"), get("/sections/world/?page=9"), get("/sections/world/?page=x"),
                 get("/sections/arts/"), get("/sections/none/")]),
    ("topic", [get("/topics/climate/"), get("/topics/Football/"), get("/topics/unused/"), get("/topics/none/")]),
    ("comment", [
        post("/articles/rain/comment/", {"text": "Nice"}),
        post("/articles/rain/comment/", {"text": "cheap watches http://example.net"}),
        post("/articles/rain/comment/", {"text": ""}),
        post("/articles/rain/comment/", {"text": "broken"}),
        post("/articles/rain/comment/", {"text": "Fourth"}),
        get("/articles/rain/"),
    ]),
    ("comment in vain", [post("/articles/none/comment/", {"text": "x"}), get("/articles/rain/comment/"), post("/articles/tie/comment/", {"text": "x"})]),
    ("without a token", [post("/articles/rain/comment/", {"text": "Nice"}, csrf=False)]),
    ("bookmark", [
        post("/articles/wind/bookmark/"), post("/articles/wind/bookmark/"), Request("/articles/wind/bookmark/", method="DELETE"),
        Request("/articles/wind/bookmark/", method="DELETE"), get("/articles/wind/bookmark/"), post("/articles/none/bookmark/"),
        get("/bookmarks/"), get("/bookmarks/?page=2"), get("/bookmarks/?page=9"),
    ]),
    ("publish", [get("/articles/tie/publish/"), get("/articles/tie/"), get("/articles/cup/publish/"), get("/articles/cup/publish/"), get("/articles/none/publish/")]),
    ("translated", [get("/articles/rain/no/"), get("/articles/rain/xx/"), get("/articles/rain/yy/"), get("/articles/none/no/")]),
    ("subscribe", [
        get("/subscribe/"), post("/subscribe/", {"email": "wrong"}), post("/subscribe/", {"email": "new@example.com"}),
        post("/subscribe/", {"email": "ann@example.com", "sections": "sport,arts"}), get("/"),
    ]),
    ("confirm", [get("/confirm/token2/"), get("/confirm/token2/"), get("/confirm/none/")]),
    ("API", [get("/api/articles/"), get("/api/articles/?q=snow"), get("/api/articles/?q=none"), get("/api/statistics/"), post("/api/statistics/")]),
    ("moderation", [
        get("/moderation/"), post("/moderation/", {"comment": 2}), post("/moderation/", {"comment": 4, "action": "delete"}),
        post("/moderation/", {"comment": 999}), get("/moderation/"), Request("/moderation/", method="PUT"), Request("/moderation/", method="OPTIONS"),
    ]),
]  # fmt: skip
PEOPLE = ("anonymous", "visitor", "member", "staff")
