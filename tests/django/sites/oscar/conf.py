"""The shop: django-oscar, with its parts as its documentation lists them."""
from common import *  # noqa: F403
from common import APPS, MIDDLEWARE, templates
from oscar.defaults import *  # noqa: F403

PARTS = """
    analytics.AnalyticsConfig checkout.CheckoutConfig address.AddressConfig shipping.ShippingConfig catalogue.CatalogueConfig
    catalogue.reviews.CatalogueReviewsConfig communication.CommunicationConfig partner.PartnerConfig basket.BasketConfig
    payment.PaymentConfig offer.OfferConfig order.OrderConfig customer.CustomerConfig search.SearchConfig
    voucher.VoucherConfig wishlists.WishlistsConfig dashboard.DashboardConfig dashboard.reports.ReportsDashboardConfig
    dashboard.users.UsersDashboardConfig dashboard.orders.OrdersDashboardConfig
    dashboard.catalogue.CatalogueDashboardConfig dashboard.offers.OffersDashboardConfig
    dashboard.partners.PartnersDashboardConfig dashboard.pages.PagesDashboardConfig
    dashboard.ranges.RangesDashboardConfig dashboard.reviews.ReviewsDashboardConfig
    dashboard.vouchers.VouchersDashboardConfig dashboard.communications.CommunicationsDashboardConfig
    dashboard.shipping.ShippingDashboardConfig
""".split()
INSTALLED_APPS = (
    APPS
    + ["oscar.config.Shop"]
    + ["oscar.apps.%s.apps.%s" % tuple(part.rsplit(".", 1)) for part in PARTS]
    + ["widget_tweaks", "haystack", "treebeard", "sorl.thumbnail", "django_tables2"]
)
MIDDLEWARE = MIDDLEWARE + ["oscar.apps.basket.middleware.BasketMiddleware"]
TEMPLATES = templates(
    "oscar.apps.search.context_processors.search_form",
    "oscar.apps.checkout.context_processors.checkout",
    "oscar.apps.communication.notifications.context_processors.notifications",
    "oscar.core.context_processors.metadata",
)
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
OSCAR_INITIAL_ORDER_STATUS = "Pending"
OSCAR_ALLOW_ANON_CHECKOUT = True
