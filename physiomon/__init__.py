"""Recordings of physiomon as data frames.

    import physiomon

    with physiomon.open("journals/P07.journal") as recording:
        heart_rate = recording.readings("heart_rate")
        alarms = recording.alarms()

Data frames are those of pandas, or tables of Apache Arrow with `arrow=True`; both come with
``pip install 'physiomon[export]'``. Reading changes nothing, and works while a session is recorded.
"""

from devices.errors import PhysiomonError
from monitor.version import VERSION
from physiomon.recording import Recording, open  # noqa: A004 - as in `wave.open`
from physiomon.recordings import Recordings, open_all

__version__ = VERSION

__all__ = ["PhysiomonError", "Recording", "Recordings", "__version__", "open", "open_all"]
