DEMO_EMAILS: list[str] = []
