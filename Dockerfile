# docker build -t shio-scraper . && docker run -v shio:/data shio-scraper crawl portal -a site=demo
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/shio && /opt/shio/bin/pip install --no-cache-dir '.[dataset,report]'

FROM python:3.13-slim
COPY --from=build /opt/shio /opt/shio
RUN useradd --system --create-home --home-dir /data shio
USER shio
# Runs, the frontier and the state are below SHIO_DATA, which is `data` in the working directory.
WORKDIR /data
VOLUME /data
ENV PATH=/opt/shio/bin:$PATH PYTHONUNBUFFERED=1
ENTRYPOINT ["shio"]
CMD ["list", "--portals"]
