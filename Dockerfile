# The operator in an image without shell or package manager.
FROM rust:1-alpine AS build
RUN apk add --no-cache gcc make musl-dev
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin naas-operator && cp target/release/naas-operator /naas-operator

# With the certificate authorities that sellers are checked against; the user is 65532.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /naas-operator /naas-operator
USER 65532:65532
ENTRYPOINT ["/naas-operator"]
