"""Who comes to the forum: someone who may not even read, then a member who writes, moderates and marks as read."""


def rows():
    from django.contrib.auth import get_user_model
    from machina.core.db.models import get_model

    admin = get_user_model().objects.create_superuser("admin", "a@example.com", "pw")
    forums = get_model("forum", "Forum").objects
    category = forums.create(name="Cat", type=1)
    general = forums.create(name="General", type=0, parent=category)
    forums.create(name="Link", type=2, link="https://example.com", parent=category)
    for number in range(3):
        subject = "Topic %d" % number
        topic = get_model("forum_conversation", "Topic").objects.create(
            forum=general, poster=admin, type=0, status=0, approved=True, subject=subject
        )
        get_model("forum_conversation", "Post").objects.create(topic=topic, poster=admin, subject=subject, content="x", approved=True)


VISITS = [
    ("GET", "/forum/", {}),
    ("GET", "/forum/forum/general-2/", {}),
    ("GET", "/forum/forum/cat-1/", {}),
    ("GET", "/forum/forum/link-3/", {}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/", {}),
    ("GET", "/forum/search/?q=Topic", {}),
    ("GET", "/forum/feeds/topics/", {}),
    ("GET", "/forum/member/profile/1/", {}),
    ("GET", "/forum/member/profile/edit/", {}),
    ("POST", "/accounts/login/", {"username": "admin", "password": "pw", "next": "/forum/"}),
    ("GET", "/forum/", {}),
    ("GET", "/forum/forum/general-2/", {}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/", {}),
    ("GET", "/forum/forum/general-2/topic/nothing-99/", {}),
    ("GET", "/forum/forum/general-2/topic/create/", {}),
    (
        "POST",
        "/forum/forum/general-2/topic/create/",
        {
            "subject": "New",
            "content": "Hello there",
            "topic_type": "0",
            "poll-TOTAL_FORMS": "0",
            "poll-INITIAL_FORMS": "0",
            "poll-MIN_NUM_FORMS": "0",
            "poll-MAX_NUM_FORMS": "10",
            "attachment-TOTAL_FORMS": "0",
            "attachment-INITIAL_FORMS": "0",
        },
    ),
    ("GET", "/forum/forum/general-2/topic/new-4/", {}),
    (
        "POST",
        "/forum/forum/general-2/topic/topic-0-1/post/create/",
        {
            "subject": "Re",
            "content": "answer",
            "attachment-TOTAL_FORMS": "0",
            "attachment-INITIAL_FORMS": "0",
        },
    ),
    ("POST", "/forum/forum/general-2/topic/topic-0-1/post/create/", {"subject": "", "content": "", "preview": "1"}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/post/create/", {}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/1/post/update/", {}),
    ("POST", "/forum/forum/general-2/topic/topic-0-1/post/1/update/", {"subject": "Changed", "content": "yes"}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/post/1/update/", {}),
    ("GET", "/forum/forum/general-2/topic/topic-0-1/post/1/delete/", {}),
    ("POST", "/forum/topic/topic-1-2/lock/", {}),
    ("GET", "/forum/moderation/topic/topic-1-2/lock/", {}),
    ("POST", "/forum/moderation/topic/topic-1-2/lock/", {}),
    ("POST", "/forum/moderation/topic/topic-1-2/unlock/", {}),
    ("GET", "/forum/moderation/topic/topic-1-2/move/", {}),
    ("POST", "/forum/moderation/topic/topic-1-2/update/sticky/", {}),
    ("POST", "/forum/moderation/topic/topic-1-2/update/topic/", {}),
    ("GET", "/forum/moderation/queue/", {}),
    ("GET", "/forum/moderation/topic/topic-2-3/delete/", {}),
    ("POST", "/forum/moderation/topic/topic-2-3/delete/", {}),
    ("GET", "/forum/member/subscriptions/", {}),
    ("POST", "/forum/member/topic/1/subscribe/", {}),
    ("POST", "/forum/topic/1/subscribe/", {}),
    ("GET", "/forum/member/ego/topics/", {}),
    ("GET", "/forum/member/profile/edit/", {}),
    ("POST", "/forum/member/profile/edit/", {"signature": "sig"}),
    ("GET", "/forum/member/ego/posts/", {}),
    ("GET", "/forum/mark/forums/", {}),
    ("POST", "/forum/mark/forums/", {}),
    ("GET", "/forum/tracking/mark/forums/", {}),
    ("POST", "/forum/tracking/mark/forums/", {}),
    ("POST", "/forum/tracking/mark/forum/2/topics/", {}),
    ("GET", "/forum/unread-topics/", {}),
    ("GET", "/forum/tracking/unread-topics/", {}),
    ("GET", "/forum/admin/", {}),
    ("GET", "/forum/forum/general-2/?page=1", {}),
    ("HEAD", "/forum/", {}),
    ("OPTIONS", "/forum/forum/general-2/", {}),
    ("POST", "/forum/forum/general-2/", {}),
    ("PUT", "/forum/", {}),
]
