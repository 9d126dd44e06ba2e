"""Where the universe's own names lead to, beside the views of the example at hand (which are mounted first)."""
from django.http import HttpResponse
from django.urls import path


def page(request, *args, **kwargs):
    return HttpResponse("page")


urlpatterns = [
    path("", page, name="home"),
    path("index/", page, name="index"),
    path("accounts/login/", page, name="login"),
    path("accounts/logout/", page, name="logout"),
    path("accounts/profile/", page, name="profile"),
    path("products/", page, name="product-list"),
    path("products/<int:pk>/", page, name="product-detail"),
    path("orders/", page, name="order-list"),
    path("orders/<int:pk>/", page, name="order-detail"),
    path("articles/", page, name="article-list"),
    path("articles/<slug:slug>/", page, name="article-detail"),
    path("cart/", page, name="cart"),
    path("done/", page, name="done"),
    path("thanks/", page, name="thanks"),
]
