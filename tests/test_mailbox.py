"""Mail in tests goes through a real SMTP conversation."""

import smtplib

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail


def test_a_message_arrives_with_its_envelope_and_both_texts(smtp_sink):
    message = EmailMultiAlternatives("Your visit", "Plain words", "clinic@example.com", ["ada@example.com"])
    message.attach_alternative("<p>Plain words</p>", "text/html")
    message.send()

    (delivery,) = smtp_sink.wait_for(1)
    assert delivery.sender == "clinic@example.com"
    assert delivery.recipients == ["ada@example.com"]
    assert delivery.subject == "Your visit"
    assert delivery.text().strip() == "Plain words"
    assert delivery.text("html").strip() == "<p>Plain words</p>"


def test_the_server_can_refuse_for_now_and_accept_later(smtp_sink):
    smtp_sink.refuse("451 try again later")
    with pytest.raises(smtplib.SMTPDataError, match="try again later"):
        send_mail("Your visit", "Words", "clinic@example.com", ["ada@example.com"])

    smtp_sink.accept()
    send_mail("Your visit", "Words", "clinic@example.com", ["ada@example.com"])

    assert smtp_sink.attempts == 2
    assert len(smtp_sink.deliveries) == 1


def test_the_server_can_refuse_one_recipient(smtp_sink):
    smtp_sink.refuse("550 no such mailbox", recipient="gone@example.com")

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send_mail("Your visit", "Words", "clinic@example.com", ["gone@example.com"])
    assert smtp_sink.deliveries == []
