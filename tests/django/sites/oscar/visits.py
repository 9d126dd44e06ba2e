"""Who comes to the shop: a guest who looks around and buys, a customer who keeps an account, the staff."""
from decimal import Decimal


def rows():
    from django.contrib.auth import get_user_model
    from oscar.core.loading import get_model

    get_user_model().objects.create_superuser("admin", "admin@example.com", "secretpw1")
    books = get_model("catalogue", "ProductClass").objects.create(name="Book", track_stock=True)
    fiction = get_model("catalogue", "Category").add_root(name="Fiction")
    partner = get_model("partner", "Partner").objects.create(name="P")
    for number in range(3):
        product = get_model("catalogue", "Product").objects.create(
            product_class=books, title="Thing %d" % number, upc="u%d" % number, slug="thing-%d" % number
        )
        product.categories.add(fiction)
        get_model("partner", "StockRecord").objects.create(
            product=product, partner=partner, partner_sku="s%d" % number, price=Decimal("10.00"), num_in_stock=20
        )
    get_model("address", "Country").objects.create(
        iso_3166_1_a2="GB", iso_3166_1_a3="GBR", iso_3166_1_numeric="826", printable_name="United Kingdom", name="UK", is_shipping_country=True
    )


ADDRESS = {
    "first_name": "A",
    "last_name": "B",
    "line1": "1 Street",
    "line4": "Town",
    "postcode": "N12 9RE",
    "country": "GB",
    "phone_number": "",
}
VISITS = [
    ("GET", "/", {}),
    ("GET", "/catalogue/", {}),
    ("GET", "/catalogue/?page=2", {}),
    ("GET", "/catalogue/thing-0_1/", {}),
    ("GET", "/catalogue/wrong_1/", {}),
    ("GET", "/catalogue/nothing_99/", {}),
    ("GET", "/catalogue/category/fiction_1/", {}),
    ("GET", "/search/?q=Thing", {}),
    ("GET", "/basket/", {}),
    ("POST", "/basket/add/1/", {"quantity": "2", "child_id": "1"}),
    ("GET", "/basket/", {}),
    ("POST", "/basket/vouchers/add/", {"code": "NOPE"}),
    (
        "POST",
        "/basket/",
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-MIN_NUM_FORMS": "0",
            "form-MAX_NUM_FORMS": "1000",
            "form-0-id": "1",
            "form-0-quantity": "3",
        },
    ),
    ("GET", "/checkout/", {}),
    ("POST", "/checkout/", {"username": "guest@example.com", "options": "anonymous"}),
    ("GET", "/checkout/shipping-address/", {}),
    ("POST", "/checkout/shipping-address/", ADDRESS),
    ("GET", "/checkout/shipping-method/", {}),
    ("GET", "/checkout/payment-method/", {}),
    ("GET", "/checkout/payment-details/", {}),
    ("GET", "/checkout/preview/", {}),
    ("POST", "/checkout/preview/", {"action": "place_order"}),
    ("GET", "/checkout/thank-you/", {}),
    ("GET", "/accounts/login/", {}),
    ("POST", "/accounts/login/", {"login-username": "x@example.com", "login-password": "no", "login_submit": "1"}),
    (
        "POST",
        "/accounts/login/",
        {
            "registration-email": "new@example.com",
            "registration-password1": "qwLongpass12",
            "registration-password2": "qwLongpass12",
            "registration_submit": "1",
        },
    ),
    ("GET", "/accounts/", {}),
    ("GET", "/accounts/profile/", {}),
    ("GET", "/accounts/profile/edit/", {}),
    ("POST", "/accounts/profile/edit/", {"first_name": "New", "last_name": "Name", "email": "new@example.com"}),
    ("GET", "/accounts/orders/", {}),
    ("GET", "/accounts/addresses/", {}),
    ("GET", "/accounts/addresses/add/", {}),
    ("POST", "/accounts/addresses/add/", ADDRESS),
    ("GET", "/accounts/addresses/1/edit/", {}),
    ("GET", "/accounts/addresses/1/delete/", {}),
    ("POST", "/accounts/addresses/1/delete/", {}),
    ("GET", "/accounts/emails/", {}),
    ("GET", "/accounts/notifications/inbox/", {}),
    ("GET", "/accounts/alerts/", {}),
    ("GET", "/accounts/wishlists/", {}),
    ("POST", "/accounts/wishlists/create/", {"name": "Mine"}),
    ("GET", "/accounts/wishlists/", {}),
    (
        "POST",
        "/catalogue/thing-1_2/reviews/add/",
        {
            "title": "Good",
            "body": "Nice one",
            "score": "5",
            "name": "N",
            "email": "n@example.com",
        },
    ),
    ("GET", "/catalogue/thing-1_2/reviews/", {}),
    ("GET", "/catalogue/thing-1_2/reviews/1/", {}),
    ("GET", "/catalogue/thing-1_2/reviews/add/", {}),
    ("GET", "/accounts/logout/", {}),
    ("POST", "/accounts/logout/", {}),
    (
        "POST",
        "/accounts/login/",
        {
            "login-username": "admin@example.com",
            "login-password": "secretpw1",
            "login-redirect_url": "/",
            "login_submit": "1",
        },
    ),
    ("GET", "/dashboard/", {}),
    ("GET", "/dashboard/catalogue/", {}),
    ("GET", "/dashboard/catalogue/products/1/", {}),
    ("GET", "/dashboard/catalogue/categories/", {}),
    (
        "POST",
        "/dashboard/catalogue/categories/create/",
        {
            "name": "New",
            "_position": "first-child",
            "_ref_node_id": "0",
            "meta_title": "",
            "slug": "new",
        },
    ),
    ("GET", "/dashboard/orders/", {}),
    ("GET", "/dashboard/orders/100001/", {}),
    ("GET", "/dashboard/users/", {}),
    ("GET", "/dashboard/users/1/", {}),
    ("GET", "/dashboard/partners/", {}),
    ("POST", "/dashboard/partners/create/", {"name": "Second"}),
    ("GET", "/dashboard/partners/1/", {}),
    ("GET", "/dashboard/offers/", {}),
    ("GET", "/dashboard/vouchers/", {}),
    ("GET", "/dashboard/vouchers/create/", {}),
    ("GET", "/dashboard/ranges/", {}),
    ("POST", "/dashboard/ranges/create/", {"name": "R", "description": "", "includes_all_products": "on"}),
    ("GET", "/dashboard/ranges/1/", {}),
    ("GET", "/dashboard/reviews/", {}),
    ("GET", "/dashboard/reports/", {}),
    ("GET", "/dashboard/pages/", {}),
    ("POST", "/dashboard/pages/create/", {"title": "About", "url": "about", "content": "hi"}),
    ("GET", "/dashboard/comms/", {}),
    ("GET", "/dashboard/shipping/weight-based/", {}),
    ("POST", "/dashboard/shipping/weight-based/create/", {"name": "Heavy"}),
    ("GET", "/offers/", {}),
    ("HEAD", "/catalogue/", {}),
    ("OPTIONS", "/catalogue/", {}),
    ("PUT", "/catalogue/", {}),
    ("POST", "/catalogue/", {}),
]
