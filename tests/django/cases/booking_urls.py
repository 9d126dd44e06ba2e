from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("", include("booking.urls")),
    path("accounts/login/", lambda request: HttpResponse("log in"), name="login"),
]
