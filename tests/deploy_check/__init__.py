"""`make deploy-check`: both deployments, tried with a real container engine and a real systemd."""
