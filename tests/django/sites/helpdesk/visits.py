"""Who comes to the help desk: someone with a question, then who answers."""


def rows():
    from django.contrib.auth import get_user_model
    from helpdesk.models import FollowUp, KBCategory, KBItem, PreSetReply, Queue, Ticket

    admin = get_user_model().objects.create_superuser("admin", "a@example.com", "pw")
    queue = Queue.objects.create(title="Q1", slug="q1", allow_public_submission=True, new_ticket_cc="n@example.com")
    for number in range(3):
        ticket = Ticket.objects.create(
            title="T%d" % number,
            queue=queue,
            submitter_email="s@example.com",
            description="d",
            priority=3,
            assigned_to=admin if number else None,
        )
        FollowUp.objects.create(ticket=ticket, title="f", comment="c", public=True, user=admin)
    category = KBCategory.objects.create(name="cat", title="Cat", slug="cat", description="x", queue=queue)
    KBItem.objects.create(category=category, title="Item", question="Why?", answer="Because")
    PreSetReply.objects.create(name="r", body="hello {{ ticket.title }}")


TICKET = {
    "queue": "1",
    "title": "New one",
    "body": "text",
    "priority": "3",
    "submitter_email": "x@example.com",
    "due_date": "",
    "assigned_to": "1",
}
VISITS = [
    ("GET", "/helpdesk/", {}),
    ("GET", "/helpdesk/tickets/submit/", {}),
    ("POST", "/helpdesk/tickets/submit/", TICKET),
    ("GET", "/helpdesk/view/", {}),
    ("GET", "/helpdesk/view/?ticket=q1-1&email=s@example.com", {}),
    ("GET", "/helpdesk/kb/", {}),
    ("GET", "/helpdesk/kb/cat/", {}),
    ("GET", "/helpdesk/kb/1/vote/up/", {}),
    ("GET", "/helpdesk/tickets/", {}),
    ("GET", "/helpdesk/login/", {}),
    ("POST", "/helpdesk/login/", {"username": "admin", "password": "pw", "next": "/helpdesk/"}),
    ("GET", "/helpdesk/dashboard/", {}),
    ("GET", "/helpdesk/tickets/", {}),
    ("GET", "/helpdesk/tickets/1/", {}),
    ("GET", "/helpdesk/tickets/2/", {}),
    ("GET", "/helpdesk/tickets/99/", {}),
    ("GET", "/helpdesk/tickets/2/?take", {}),
    ("GET", "/helpdesk/tickets/1/?close", {}),
    ("GET", "/helpdesk/tickets/1/edit/", {}),
    (
        "POST",
        "/helpdesk/tickets/1/edit/",
        {
            "queue": "1",
            "title": "Changed",
            "description": "dd",
            "priority": "2",
            "submitter_email": "s@example.com",
        },
    ),
    (
        "POST",
        "/helpdesk/tickets/1/update/",
        {
            "comment": "my comment",
            "new_status": "3",
            "public": "1",
            "title": "Changed",
            "priority": "2",
            "owner": "1",
            "due_date_day": "",
            "time_spent": "1:30",
        },
    ),
    ("GET", "/helpdesk/tickets/1/", {}),
    ("GET", "/helpdesk/tickets/submit/", {}),
    ("POST", "/helpdesk/tickets/submit/", TICKET),
    ("GET", "/helpdesk/tickets/4/", {}),
    ("POST", "/helpdesk/tickets/update/", {"ticket_id": ["2", "3"], "action": "close"}),
    ("GET", "/helpdesk/tickets/3/hold/", {}),
    ("GET", "/helpdesk/tickets/3/unhold/", {}),
    ("GET", "/helpdesk/tickets/1/cc/", {}),
    ("POST", "/helpdesk/tickets/1/cc/add/", {"user": "1", "can_view": "on"}),
    ("GET", "/helpdesk/tickets/1/cc/", {}),
    ("POST", "/helpdesk/tickets/1/cc/1/delete/", {}),
    ("GET", "/helpdesk/tickets/1/dependency/add/", {}),
    ("POST", "/helpdesk/tickets/1/dependency/add/", {"depends_on": "2"}),
    ("GET", "/helpdesk/tickets/1/", {}),
    (
        "POST",
        "/helpdesk/tickets/1/followup_edit/1/",
        {
            "title": "ff",
            "comment": "cc",
            "public": "on",
            "new_status": "",
            "ticket": "1",
        },
    ),
    ("GET", "/helpdesk/tickets/1/followup_edit/1/", {}),
    ("GET", "/helpdesk/raw/preset/?id=1", {}),
    ("GET", "/helpdesk/rss/", {}),
    ("GET", "/helpdesk/rss/recent_activity/", {}),
    ("GET", "/helpdesk/rss/unassigned/", {}),
    ("GET", "/helpdesk/reports/", {}),
    ("GET", "/helpdesk/reports/queuestatus/", {}),
    ("POST", "/helpdesk/save_query/", {"title": "mine", "query_encoded": "e30=", "shared": ""}),
    ("GET", "/helpdesk/settings/", {}),
    ("POST", "/helpdesk/settings/", {"tickets_per_page": "25", "login_view_ticketlist": "on"}),
    ("GET", "/helpdesk/ignore/", {}),
    ("POST", "/helpdesk/ignore/add/", {"name": "n", "email_address": "i@example.com", "queues": "1", "keep_in_mailbox": "on"}),
    ("GET", "/helpdesk/ignore/", {}),
    ("POST", "/helpdesk/ignore/delete/1/", {}),
    ("GET", "/helpdesk/system_settings/", {}),
    ("GET", "/helpdesk/help/context/", {}),
    ("GET", "/helpdesk/datatables_ticket_list/e30=", {}),
    ("GET", "/helpdesk/timeline_ticket_list/e30=", {}),
    ("GET", "/helpdesk/tickets/1/delete/", {}),
    ("POST", "/helpdesk/tickets/1/delete/", {}),
    ("GET", "/helpdesk/kb/cat/?kbitem=1", {}),
    ("GET", "/helpdesk/logout/", {}),
    ("POST", "/helpdesk/logout/", {}),
]
