"""Videos as rows of hashed frames (extra `video`): each as it lies in the file, by its stored luminance, with its time.

    answer.py     what the child may say of a video
    plan.py       which packets have to be decoded for the frames that are wanted
    reading.py    a file of moving pictures to its hashed frames
    child.py      the program that does it behind walls
    walled.py     that program as the desk calls it
    matching.py   how much of one video stands in another

Rules, kept with the hashes (`answer.RULES`): the luminance is hashed as the decoder gives it, without a way through RGB; the
narrow range of video is spread for the quality only, because no bit depends on it. How a player would turn the picture is
noted and not applied, as with EXIF: every question is asked in all eight forms.
"""
