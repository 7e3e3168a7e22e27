# The clinic in a container: web, worker and beat are the same image with another command (compose.yaml).

FROM python:3.12-slim-trixie AS packages
COPY requirements.txt /tmp/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

FROM python:3.12-slim-trixie
# pg_dump and pg_restore for backups; as new as the server of compose.yaml, because an older one refuses.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/clinic --shell /usr/sbin/nologin clinic \
    && install -d -o clinic -g clinic -m 700 /var/lib/clinic /var/backups/clinic
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/clinic
COPY manage.py ./
COPY deploy/alive.py deploy/
COPY clinic clinic
COPY bookings bookings
COPY treatments treatments
COPY templates templates
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 CLINIC_VAR=/var/lib/clinic
# The root is read-only when it runs: what Python would write beside the source is written now.
RUN python -m compileall -q clinic bookings treatments
ENV PYTHONDONTWRITEBYTECODE=1
USER clinic
VOLUME /var/lib/clinic
EXPOSE 8000
CMD ["gunicorn", "clinic.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--no-control-socket"]
