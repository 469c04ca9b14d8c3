"""The way to Asterisk: its private instance, ARI, AMI and what their messages mean."""
