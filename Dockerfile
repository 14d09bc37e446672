# Two images: `production` (the last, so the default) and `demo`, which adds the local Stripe of sandbox/.
#   docker build --tag scrip .            docker build --target demo --tag scrip-demo .
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/scrip/.venv/bin:$PATH
WORKDIR /scrip

# wheels only: nothing is ever compiled, so no image needs a compiler
FROM base AS libraries
COPY requirements.txt ./
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt \
 && .venv/bin/pip uninstall --yes --quiet pip \
 && .venv/bin/python -m compileall -q .venv

FROM base AS rooms
RUN groupadd --gid 10001 scrip \
 && useradd --uid 10001 --gid scrip --no-create-home --home-dir /scrip/var --shell /usr/sbin/nologin scrip \
 && install -d -o scrip -g scrip -m 0700 var
COPY --from=libraries /scrip/.venv .venv
COPY app.py cli.py cli_grants.py cli_stripe.py ./
COPY pages/ pages/
COPY api/ api/
COPY auth/ auth/
COPY billing/ billing/
COPY locales/ locales/
COPY migrations/ migrations/
RUN python -m compileall -q app.py cli.py cli_grants.py cli_stripe.py pages api auth billing locales migrations \
 && python -m app precompress
ENV SCRIP_HOST=0.0.0.0 \
    SCRIP_PORT=8080 \
    SCRIP_VAR_DIR=/scrip/var
USER scrip
VOLUME /scrip/var
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['SCRIP_PORT'] + '/livez', timeout=2)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["run"]

FROM rooms AS demo
COPY sandbox/ sandbox/
EXPOSE 12111

FROM rooms AS production
