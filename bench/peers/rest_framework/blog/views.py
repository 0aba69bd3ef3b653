"""The blog in Django REST framework, as its documentation shows: generic views, serializers, its own throttling."""

from django.db.models import Q
from rest_framework import generics
from rest_framework.decorators import api_view
from rest_framework.response import Response

from blog.models import Post, User
from blog.serializers import PageSerializer, PostSerializer, PostWithUserSerializer, UserSerializer


@api_view(["GET"])
def hello(request):
    return Response({"message": "Hello"})


class PostDetail(generics.RetrieveAPIView):
    serializer_class = PostSerializer

    def get_queryset(self):
        caller = self.request.user.id if self.request.user else None
        return Post.objects.filter(Q(published_at__isnull=False) | Q(user_id=caller))


class PostList(generics.ListCreateAPIView):
    serializer_class = PostSerializer

    queryset = Post.objects.filter(published_at__isnull=False).order_by("-created_at", "-id")

    def list(self, request):
        page = PageSerializer(data=request.query_params)
        page.is_valid(raise_exception=True)
        found = self.get_queryset()
        if "before" in page.validated_data:
            found = found.filter(created_at__lt=page.validated_data["before"])
        return Response({"items": self.get_serializer(found[: page.validated_data["limit"]], many=True).data})

    def perform_create(self, serializer):
        serializer.save().refresh_from_db(fields=["created_at"])


class Feed(PostList):
    http_method_names = ["get"]
    serializer_class = PostWithUserSerializer
    queryset = PostList.queryset.select_related("user")


class UserList(generics.ListAPIView):
    queryset = User.objects.order_by("-post_count", "-id")
    serializer_class = UserSerializer

    def list(self, request):
        page = PageSerializer(data=request.query_params)
        page.is_valid(raise_exception=True)
        return Response({"items": self.get_serializer(self.get_queryset()[: page.validated_data["limit"]], many=True).data})
