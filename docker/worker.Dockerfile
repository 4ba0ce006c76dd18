# A worker. REQUIREMENTS chooses the lock file: `starter` runs on any CPU and needs no torch, `models`
# holds torch with CUDA.
FROM python:3.11-slim-bookworm

ARG REQUIREMENTS=starter
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Libraries that keep settings of their own find the root read-only.
ENV YOLO_CONFIG_DIR=/tmp/ultralytics HF_HOME=/tmp/huggingface MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /app
COPY requirements/worker-${REQUIREMENTS}.txt requirements/worker.txt
RUN pip install --require-hashes --only-binary :all: -r requirements/worker.txt

COPY LICENSE ./
COPY config config
COPY rap_engine rap_engine
COPY workers workers
COPY bot bot
COPY rapbot rapbot
# A volume takes its owner from the folder that it covers.
RUN useradd --system --uid 10001 --no-create-home rapbot && install --directory --owner=10001 /weights
USER 10001

ENTRYPOINT ["python", "-m", "rapbot"]
CMD ["worker"]
