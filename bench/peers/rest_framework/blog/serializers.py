from rest_framework import serializers

from blog.models import Post, User


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "name", "created_at", "post_count"]


class PostSerializer(serializers.ModelSerializer):
    user_id = serializers.PrimaryKeyRelatedField(source="user", queryset=User.objects.all())

    class Meta:
        model = Post
        fields = ["id", "user_id", "title", "content", "published_at", "created_at"]
        read_only_fields = ["created_at"]


class PostWithUserSerializer(PostSerializer):
    user = UserSerializer()

    class Meta(PostSerializer.Meta):
        fields = [*PostSerializer.Meta.fields, "user"]


class PageSerializer(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    before = serializers.DateTimeField(required=False)
