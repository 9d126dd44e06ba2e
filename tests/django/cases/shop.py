"""The shop of tests/fixtures/realistic/shop: what is in its database, who asks for what, what other systems answer."""
from proof.drive import Request, get, post
from proof.services import Answer

APP = "shop"
SETTINGS = {}
# Views that wait for something and have no reason to stay sync, from the Django on whose decorators take async views.
ASYNC = {
    "product_list": "4.2", "product_detail": "4.2", "cart_detail": "4.2", "cart_add": "5.0", "api_products": "5.0",
    "shipping_webhook": "5.0", "order_list": "5.1", "order_detail": "5.1", "order_pay": "5.1", "review_product": "5.1", "checkout": "5.1",
}  # fmt: skip


def seed():
    from django.contrib.auth.models import User
    from shop import models as m

    member, staff = User.objects.get(username="member"), User.objects.get(username="staff")
    tools = m.Category.objects.create(name="Tools", slug="tools")
    toys = m.Category.objects.create(name="Toys", slug="toys")
    m.Category.objects.create(name="Empty", slug="empty")
    products = [
        m.Product.objects.create(
            sku="SKU%d" % i, name=name, slug=name.lower(), description="A fine %s" % name.lower(), price="%d.50" % (i + 1),
            category=toys if i % 3 == 0 else tools, stock=i, is_active=name != "Relic",
        )
        for i, name in enumerate(["Drill", "Hammer", "Kite", "Puzzle", "Relic", "Saw", "Wrench"])
    ]  # fmt: skip
    m.Review.objects.create(product=products[1], author=staff, rating=4, text="Solid")
    m.Review.objects.create(product=products[1], author=User.objects.create(username="third"), rating=1, is_public=False)
    cart = m.Cart.objects.create(user=member)
    m.CartLine.objects.create(cart=cart, product=products[1], quantity=1)
    m.CartLine.objects.create(cart=cart, product=products[2], quantity=1)
    for i, (who, status) in enumerate(((member, "new"), (member, "shipped"), (staff, "new"), (member, "new"), (member, "new"))):
        order = m.Order.objects.create(
            reference="S9%d" % i, customer=who, status=status, total=100 + i, tracking_number="T1" if status == "shipped" else ""
        )
        m.OrderLine.objects.create(order=order, product=products[i], quantity=i + 1, price="1.50")


def answer(call):
    host, path = call["host"], call["path"]
    if host == "stock.example.com":
        if path.endswith("SKU1"):
            return Answer({"available": 40})
        if path.endswith("SKU2"):
            return Answer({"error": "boom"}, status=503)
        if path.endswith("SKU3"):
            return Answer(drop=True)
        return Answer(body='{"available": 3}', type="text/plain")
    if host == "payments.example.com":
        token = call["body"]["json"]["source"]
        if token == "declined":
            return Answer({"message": "no funds"}, status=402)
        return Answer({"id": "pay_1"}, status=201)
    if host == "shipping.example.com":
        return Answer({"events": [{"when": "Monday", "what": "sent"}, {"when": "Tuesday", "what": "delivered"}]})
    if path == "/rates":
        currency = dict(call["query"])["to"]
        if currency == "USD":
            return Answer({"rate": 1.0833})
        if currency == "XXX":
            return Answer({"error": "unknown"}, status=404)
        return Answer({"error": "down"}, status=500)
    return Answer(status=404)


FLOWS = [
    ("list", [get("/"), get("/?page=2"), get("/?page=99"), get("/?page=x")]),
    ("list by category", [get("/?category=tools"), get("/?category=tools&page=2"), get("/?category=empty"), get("/?category=none")]),
    ("search", [get("/?q=saw"), get("/?q=%20"), get("/?q=nothing"), get("/?q=fine&category=toys")]),
    ("detail", [get("/products/hammer/"), get("/products/saw/"), get("/products/hammer/")]),
    ("stock fails", [get("/products/kite/"), get("/products/puzzle/")]),
    ("no such product", [get("/products/none/"), get("/products/relic/"), post("/products/none/add/", {"quantity": 1})]),
    ("add to cart", [
        post("/products/hammer/add/", {"quantity": 2}),
        post("/products/hammer/add/", {"quantity": 1}),
        post("/products/kite/add/", {"quantity": 0}),
        post("/products/kite/add/"),
        get("/cart/"),
    ]),
    ("wrong methods", [get("/products/hammer/add/"), get("/checkout/"), post("/api/products/"), Request("/webhooks/shipping/", method="PUT")]),
    ("without a token", [post("/products/hammer/add/", {"quantity": 2}, csrf=False)]),
    ("currencies", [get("/cart/"), get("/cart/?currency=usd"), get("/cart/?currency=xxx"), get("/cart/?currency=chf"), get("/cart/")]),
    ("checkout", [post("/checkout/"), get("/orders/"), post("/checkout/"), get("/cart/")]),
    ("sold out", [post("/products/hammer/add/", {"quantity": 19}), post("/checkout/"), get("/cart/")]),
    ("orders", [get("/orders/"), get("/orders/?status=shipped"), get("/orders/?status=nonsense")]),
    ("order", [get("/orders/S90/"), get("/orders/S91/"), get("/orders/S92/"), get("/orders/none/")]),
    ("pay", [post("/orders/S90/pay/", {"token": "good"}), get("/orders/S90/"), post("/orders/S90/pay/", {"token": "good"})]),
    ("pay in vain", [post("/orders/S93/pay/", {"token": "declined"}), post("/orders/S92/pay/"), get("/orders/S93/pay/")]),
    ("review", [
        get("/products/saw/review/"),
        post("/products/saw/review/", {"rating": 9}),
        post("/products/saw/review/", {"rating": 5, "text": "Sharp"}),
        get("/products/saw/"),
        post("/products/saw/review/", {"rating": 2}),
        get("/products/none/review/"),
    ]),
    ("API", [get("/api/products/"), get("/api/products/?limit=2"), get("/api/products/?limit=x"), Request("/api/products/", method="HEAD")]),
    ("webhook", [
        post("/webhooks/shipping/", {"reference": "S90", "tracking_number": "T7"}, csrf=False),
        post("/webhooks/shipping/", {"reference": "none"}, csrf=False),
        get("/webhooks/shipping/"),
    ]),
]  # fmt: skip
PEOPLE = ("anonymous", "visitor", "member", "staff")
