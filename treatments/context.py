def clinic(request):
    return {}
