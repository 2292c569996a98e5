"""What TensorBoard's own reader finds in a folder of event files, as lines for a test."""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

reader = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
reader.Reload()
tags = reader.Tags()
for tag in tags["scalars"]:
    for event in reader.Scalars(tag):
        print("scalar", tag, event.step, event.value)
for tag in tags["images"]:
    for event in reader.Images(tag):
        print("image", tag, event.step, event.width, event.height, event.encoded_image_string[:4])
for tag in tags["tensors"]:
    plugin = reader.SummaryMetadata(tag).plugin_data.plugin_name
    for event in reader.Tensors(tag):
        print(plugin, tag, event.step, event.tensor_proto.string_val[0])
