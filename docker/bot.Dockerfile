# The Telegram front door and the migrations: no model library.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/bot.txt requirements/bot.txt
RUN pip install --require-hashes --only-binary :all: -r requirements/bot.txt

COPY LICENSE alembic.ini ./
COPY alembic alembic
COPY config config
COPY rap_engine rap_engine
COPY workers workers
COPY bot bot
COPY rapbot rapbot
RUN useradd --system --uid 10001 --no-create-home rapbot
USER 10001

ENTRYPOINT ["python", "-m", "rapbot"]
CMD ["bot"]
