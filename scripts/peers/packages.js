/** The Debian packages of the peers, each with a file by which one sees that it is installed. */
export const PACKAGES = {
  nginx: "/usr/sbin/nginx",
  "nghttp2-server": "/usr/sbin/nghttpd",
  haproxy: "/usr/sbin/haproxy",
  apache2: "/usr/sbin/apache2",
  h2o: "/usr/bin/h2o",
  caddy: "/usr/bin/caddy",
  squid: "/usr/sbin/squid",
  "dante-server": "/usr/sbin/danted",
  "openssh-server": "/usr/sbin/sshd",
  "openssh-client": "/usr/bin/ssh",
  "libnss-wrapper": "/usr/share/doc/libnss-wrapper",
  "python3-httpbin": "/usr/lib/python3/dist-packages/httpbin",
  gunicorn: "/usr/bin/gunicorn",
  curl: "/usr/bin/curl",
  openssl: "/usr/bin/openssl",
};
