# No "# syntax=" line: BuildKit would fetch that front end from Docker Hub before anything else.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements-run.lock requirements-heic.lock ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir \
        --require-hashes -r requirements-run.lock
# HEIC=1 accepts HEIC images. Not the default, because the wheel bundles GPL code.
ARG HEIC=0
RUN [ "$HEIC" = 0 ] || pip --python /opt/venv/bin/python install --no-cache-dir \
        --require-hashes -r requirements-heic.lock
# botocore has data for 400 services and searches all of it at the start: keep only the three that
# are used. The build fails if one of them or Lambda's module is missing; no other step checks that.
RUN find /opt/venv/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name dynamodb ! -name s3 ! -name sts -exec rm -r {} + \
    && /opt/venv/bin/python -c "import boto3, runtime_client; [boto3.client(name, 'us-east-1') for name in ('dynamodb', 's3', 'sts')]"

FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
# The official image has no compiled standard library, and at run time the file system is read-only.
RUN python -m compileall -q -j 0 -x 'idlelib|tkinter|lib2to3|ensurepip|/tests?/' \
    "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
COPY --from=build /opt/venv /opt/venv
COPY main.py gunicorn.conf.py ./
COPY service ./service
RUN python -m compileall -q /app
LABEL org.opencontainers.image.title=image-service org.opencontainers.image.version=1.1.0 \
    org.opencontainers.image.licenses=MIT

FROM base AS web
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
# /data: for the embedded store, in a container without BUCKET_NAME and TABLE_NAME. /backup: for an
# export. A new volume at either belongs to the user that the folder belongs to.
RUN mkdir -m 700 /data /backup && chown 10001:10001 /data /backup
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=2)"]
CMD ["gunicorn", "main:app"]

# The last target, because the Serverless CLIs run a plain `docker build .`: it builds this one.
# No USER: Lambda runs every image as its own unprivileged user.
FROM base AS lambda
ENV STRIP_STAGE_PATH=1
# Outside Lambda the image starts AWS's emulator, to try it on any machine. It refuses the embedded
# store, because Lambda does not keep its disk.
ENTRYPOINT ["/bin/sh", "-c", "BUCKET_NAME=${BUCKET_NAME:?is missing: set BUCKET_NAME and TABLE_NAME}; [ -n \"$AWS_LAMBDA_RUNTIME_API\" ] || emulator=$(command -v aws-lambda-rie); exec $emulator python -m awslambdaric \"$@\"", "lambda"]
CMD ["main.handler"]
