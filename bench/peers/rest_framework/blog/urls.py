from django.urls import path

from blog import views

urlpatterns = [
    path("api/v1/hello", views.hello),
    path("api/v1/posts", views.PostList.as_view()),
    path("api/v1/feed", views.Feed.as_view()),
    path("api/v1/posts/<int:pk>", views.PostDetail.as_view()),
    path("api/v1/users", views.UserList.as_view()),
]
