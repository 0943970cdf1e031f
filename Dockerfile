# No "# syntax=" line: BuildKit would fetch that front end from Docker Hub before anything else.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements-run.lock ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir \
        --require-hashes -r requirements-run.lock
# botocore describes 400 services and searches them all at the start: keep the three used. No image
# is built that lacks one of them, or Lambda's own module, whose absence nobody else would notice.
RUN find /opt/venv/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name dynamodb ! -name s3 ! -name sts -exec rm -r {} + \
    && /opt/venv/bin/python -c "import boto3, runtime_client; [boto3.client(name, 'us-east-1') for name in ('dynamodb', 's3', 'sts')]"

FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
# The official image has no compiled standard library, and the root is read-only where this runs.
RUN python -m compileall -q -j 0 -x 'idlelib|tkinter|lib2to3|ensurepip|/tests?/' \
    "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
COPY --from=build /opt/venv /opt/venv
COPY main.py gunicorn.conf.py ./
COPY service ./service
RUN python -m compileall -q /app

FROM base AS web
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
# The embedded store's place, for a container without BUCKET_NAME and TABLE_NAME.
RUN mkdir /data && chown 10001:10001 /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=2)"]
CMD ["gunicorn", "main:app"]

# Last, so that a plain `docker build .`, all that the Serverless CLIs run, makes the Lambda image.
# No USER: Lambda runs every image as its own unprivileged user.
FROM base AS lambda
ENV STRIP_STAGE_PATH=1
# The emulator serves a try-out on one's own machine, where there is no Lambda; the disk of a
# Lambda is not kept, so the embedded store is refused.
ENTRYPOINT ["/bin/sh", "-c", "BUCKET_NAME=${BUCKET_NAME:?is missing: set BUCKET_NAME and TABLE_NAME}; [ -n \"$AWS_LAMBDA_RUNTIME_API\" ] || emulator=$(command -v aws-lambda-rie); exec $emulator python -m awslambdaric \"$@\"", "lambda"]
CMD ["main.handler"]
