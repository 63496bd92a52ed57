"""The MQTT broker: what goes out, what comes in, and who may command."""
