"""What every answer of a rehearsal carries."""


def not_for_robots(get_response):
    """Ask search engines to keep nothing of a practice copy, pictures and files included."""

    def answer(request):
        response = get_response(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answer
