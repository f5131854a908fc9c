# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY src src
COPY migrations migrations
# The lock is installed with its hashes; the project itself adds nothing from outside.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# ca-certificates: the MCP SDK's client checks certificates against the system's store.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 stockroom
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STOCKROOM_HOME=/home/stockroom/data \
    STOCKROOM_HOST=0.0.0.0
USER stockroom
RUN mkdir -p /home/stockroom/data
VOLUME /home/stockroom/data
EXPOSE 8700 8701
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8700/healthz', timeout=2)"]
ENTRYPOINT ["stockroom"]
CMD ["serve"]
