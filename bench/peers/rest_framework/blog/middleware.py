from uuid import uuid4


class RequestId:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid4().hex
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request.id
        return response
