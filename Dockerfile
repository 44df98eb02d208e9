# One image for every program: api, worker, bank, signer, and the command `holdfast` for migrations and keys.
FROM python:3.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY requirements.image.lock ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r requirements.image.lock

COPY pyproject.toml README.md ./
COPY cli.py codec.py deploy_commands.py deployments.py encryption.py origins.py releases.py replay_check.py sagas.py schedules.py settings.py worker.py ./
COPY activities ./activities
COPY admin ./admin
COPY api ./api
COPY audit ./audit
COPY bank ./bank
COPY chat ./chat
COPY clients ./clients
COPY devstack ./devstack
COPY demo ./demo
COPY domain ./domain
COPY edge ./edge
COPY fronts ./fronts
COPY ledger ./ledger
COPY pages ./pages
COPY payloads ./payloads
COPY market ./market
COPY rails ./rails
COPY signer ./signer
COPY store ./store
COPY texts ./texts
COPY tron ./tron
COPY workflows ./workflows
RUN /opt/venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable . \
 && /opt/venv/bin/python -m compileall -q -j 0 /app /opt/venv/lib

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin holdfast
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER holdfast
# Compose or the cluster chooses the program: python -m api, python -m worker, python -m bank.service, python -m signer.service, python -m codec.
CMD ["holdfast", "--help"]
