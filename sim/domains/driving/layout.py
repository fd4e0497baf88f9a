"""Where things stand in the kernel's arrays: one row per actor, one column per quantity.

Kernels take few, flat float64 arrays because a compiled call pays for every argument. Names here are column
numbers; Numba treats them as constants.
"""

from __future__ import annotations

__all__: list[str] = []

# -- state X: the first ROW columns are recorded ----------------------------------------------------------
S = 0  # way along the reference line [m]
D = 1  # way to its left [m]
E = 2  # heading relative to the road [rad]
V = 3  # speed forward in the body frame [m/s]
U = 4  # speed to the left in the body frame [m/s]
R = 5  # yaw rate [rad/s]
A = 6  # acceleration forward [m/s2]
STEER = 7  # road-wheel angle [rad]
AY = 8  # acceleration to the left [m/s2]
J = 9  # jerk forward [m/s3]
WAY = 10  # way travelled [m]
ROW = 11
HLON = 11  # half extent along the road, never too small [m]
HLAT = 12  # half extent across the road, never too small [m]
TICK = 13  # last tick of the wandering
WV0 = 14  # speed wander at the tick [m/s]
WV1 = 15  # and at the next
WD0 = 16  # lateral wander at the tick [m]
WD1 = 17  # and at the next
LEG = 18  # next point of the path
PX, PY, YAW = 19, 20, 21  # place in the world, kept up to date where bodies follow routes [m], [rad]
HALT = 22  # 1 while it has to stop at its stop line, 0.5 while it may pass it slowly
STATE = 23

# -- parameters P -----------------------------------------------------------------------------------------
LENGTH, WIDTH, MASS = 0, 1, 2
MASS_OVER_INERTIA = 3  # mass over yaw inertia [1/m2]
FRONT, REAR = 4, 5  # axles before and behind the centre [m]
GRIP_FRONT, GRIP_REAR = 6, 7  # cornering stiffness over mass [m/s2 per rad]
KIND = 8  # VEHICLE, PEDESTRIAN, STATIC, ANIMAL
DIRECTION = 9  # +1 along the reference line, -1 against it
MU = 10  # friction coefficient
POWER = 11  # largest acceleration the drive gives [m/s2]
RADIUS = 12  # of the circle around the footprint [m]
CORNERS = 13  # number of footprint corners
STEER_MAX = 14  # [rad]
STEER_RATE = 15  # [rad/s]
UNDERSTEER = 16  # [rad per m/s2]
DELAY, LEAD = 17, 18  # the lateral acceleration lags the steering by DELAY v - LEAD / v [s2/m], [m]
CHAMFER_X, CHAMFER_Y = 19, 20  # cut off the corners, along and across [m]
FIRST, AFTER = 21, 22  # rows of all reference lines before the body's own, and after; 0 on a single road
HALF_LANE = 23  # half the width of the lanes of its route [m]
RULED = 24  # 1 if it heeds signals and right of way
STOP = 25  # s of its front at its stop line [m]; inf where there is none
SIGNAL = 26  # row of the timetable that is for it; -1 for none
RULE0, RULE1 = 27, 28  # first and past-last row of the table of conflicts
EASE = 29  # lateral acceleration up to which it takes bends [m/s2]; inf where it does not slow down
EASE_SPEED = 30  # speed in the sharpest bend of its route [m/s]
MARGIN = 31  # time it leaves between itself and those who go first [s]
ORIGIN, SPLIT = 32, 33  # number of the lane its route begins in, and the s up to which all from there agree
GOAL = 34  # number of the lane its route ends in
PULLER = 35  # row of the body it is coupled to; -1 for none
HITCH, HITCH_LEFT = 36, 37  # where on its puller, before and to the left of that one's middle [m]
TAIL = 38  # how far what it pulls reaches behind its own rear on a straight [m]
PART0, PART1 = 39, 40  # first and past-last row of its parts; equal for none
RAIL = 41  # distance of its bogies if it runs on rails, else 0 [m]
BLUE = 42  # 1 with blue lights and siren
HEARS = 43  # distance from which it hears a siren [m]
BACK = 44  # how far before its stop line it stands, for those who turn over there [m]
PARAMETERS = 45

VEHICLE, PEDESTRIAN, STATIC, ANIMAL = 0, 1, 2, 3
PART = 7  # of another body: no kind that events select

# -- commands C: what decisions set and control laws read ---------------------------------------------------
MODE = 0
V_SET = 1  # wanted speed [m/s]
COMMAND = 2  # commanded acceleration [m/s2]; of a door its angle [rad]
COMMAND_JERK = 3  # rate at which it is reached [m/s3]; of a door how long it opens [s], from T0 on
V_TO = 4  # speed at which the command ends [m/s]
HEADWAY, STANDSTILL = 5, 6
ACCELERATION, DECELERATION = 7, 8  # of the driver: largest and comfortable [m/s2]
BRAKING = 9  # strongest braking of normal driving [m/s2]
JERK = 10  # of normal driving [m/s3]
STANDING = 11  # 1 if bodies that never moved are followed
T0, D0, D1, VY, AYL = 12, 13, 14, 15, 16  # lateral profile: start, from, to, speed, acceleration
PATH0, PATH1 = 17, 18  # first and past-last row of the path; equal for none
SIGMA_V, SIGMA_D = 19, 20  # standard deviations of the wandering
LEADING = 21  # 1 if the body ahead must be known
WATCHING = 22  # lateral way at which a leader counts as leaving, for `blocker`
ACROSS = 23  # 1 for a two-wheeler that is ridden across the road, straight from point to point
END = 24  # s where the lane it is in ends; 0 where it does not
LIMIT = 25  # fastest that a posted limit lets it drive; 0 without one [m/s]
MINDED = 26  # 1 and the row of whom it lets in or falls in behind; 0 for nobody
FORESIGHT = 27  # how far before the end of its lane it wants to leave it; 0 for one who does not [m]
EXITS = 28  # 1 and the first row of its path over the off-ramp if it wants to leave; else 0
TRUST = 29  # time to meeting until which it counts on who comes towards it to go back [s]; 0 for never
COMMANDS = 30

CRUISE, IDM, ACC, COMMANDED, HOLD, CARRIED, REPLAYED = 0, 1, 2, 3, 4, 5, 6
TOWED, HINGED = 7, 8  # a trailer and a door; they have no driver, and the last rows

# -- model of motion ------------------------------------------------------------------------------------------
SLOW, FAST = 3.0, 5.0  # speeds between which the bicycle turns from kinematic to dynamic [m/s]

# -- clock of the wandering -----------------------------------------------------------------------------------
WANDER_TICK = 0.1  # [s]
WANDER_TIME = 4.0  # correlation time [s]
