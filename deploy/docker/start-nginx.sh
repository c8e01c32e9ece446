#!/bin/sh
# Start nginx in its container with the shipped configuration; only its addresses are changed.
set -eu
server="${SMASHPASS_SERVER:-smashpass:8000}"
listen="${NGINX_LISTEN:-8080}"
folder="${NGINX_FOLDER:-/tmp/nginx}"
site="${NGINX_SITE:-/etc/smashpass/smashpass.conf}"

mkdir -p "$folder"
sed -e "s/^    server 127\.0\.0\.1:8000;/    server $server;/" \
    -e "s/^    listen 80;/    listen $listen;/" "$site" > "$folder/site.conf"
cat > "$folder/nginx.conf" <<END
daemon off;
worker_processes auto;
pid $folder/pid;
error_log stderr warn;
events { worker_connections 2048; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path $folder/client_body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    include $folder/site.conf;
}
END
exec nginx -c "$folder/nginx.conf" -e stderr
