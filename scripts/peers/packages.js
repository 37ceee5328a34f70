/** The Debian packages of the peers, each with a file by which one sees that it is installed. */
export const PACKAGES = {
  nginx: "/usr/sbin/nginx",
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
