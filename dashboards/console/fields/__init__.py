"""Input fields and rows of buttons that dialogs consist of."""
