# One image for every Airflow service, and for a step as a pod or a job (`dangol STEP …` as its command): our DAGs
# and code on the pinned packages of requirements.txt.
ARG PYTHON_IMAGE=python:3.11.15-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --only-binary :all: -r /tmp/requirements.txt && pip check

FROM ${PYTHON_IMAGE}
# libgomp1: implicit's threads.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
# A named volume takes its first owner from the folder that it hides.
RUN useradd --uid 1000 --create-home airflow \
    && install -d -o airflow -g airflow /opt/airflow /opt/airflow/logs
COPY --from=packages /opt/venv /opt/venv

WORKDIR /opt/dangol
COPY docker/dangol /usr/local/bin/dangol
COPY docker/*.py docker/
COPY plugins plugins
COPY include include
COPY dags dags
RUN python -m compileall -q .

ARG CODE_VERSION=unknown
ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/dangol/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/dangol/plugins \
    DANGOL_CODE_VERSION=${CODE_VERSION} \
    PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/dangol \
    PYTHONUNBUFFERED=1
USER airflow
CMD ["airflow", "version"]
