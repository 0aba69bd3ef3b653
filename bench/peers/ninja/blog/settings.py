"""The settings of the blog in Django Ninja."""

import os
from urllib.parse import urlsplit

DATABASE = urlsplit(os.environ["DATABASE_URL"])
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "blog.urls"
WSGI_APPLICATION = "blog.wsgi.application"
INSTALLED_APPS = ["blog"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "blog.middleware.RequestId",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": DATABASE.hostname,
        "PORT": DATABASE.port,
        "USER": DATABASE.username,
        "NAME": DATABASE.path.removeprefix("/"),
        "CONN_MAX_AGE": None,
    }
}
USE_TZ = True
TIME_ZONE = "UTC"
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
